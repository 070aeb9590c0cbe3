# One image for every process: "run" at Discord's gateway, "worker" for drawing.
FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cogs cogs
RUN /venv/bin/pip install --no-cache-dir --constraint constraints.txt '.[buckets,postgres]'

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 bot && install -d -o bot -g bot /data /originals
COPY --from=build /venv /venv
USER bot
WORKDIR /home/bot
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["jimeng-bot"]
CMD ["run"]
