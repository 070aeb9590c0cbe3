# One image for every process: "run" at Discord's gateway, "worker" for drawing.
# A digest in place of the tag makes builds repeatable: docker build --build-arg PYTHON=python@sha256:...
ARG PYTHON=python:3.12-slim
FROM ${PYTHON} AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements/run.txt ./
RUN /venv/bin/pip install --no-cache-dir --no-compile --require-hashes -r run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cogs cogs
RUN /venv/bin/pip install --no-cache-dir --no-compile --no-deps . && /venv/bin/pip uninstall --yes --quiet pip

FROM ${PYTHON}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --uid 10001 bot && install -d -m 700 -o bot -g bot /data /originals
COPY --from=build /venv /venv
USER bot
WORKDIR /data
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/data DATA_DIR=/data \
    METRICS_PORT=9400 METRICS_HOST=127.0.0.1 LOG_FORMAT=json
VOLUME /data
STOPSIGNAL SIGTERM
# Ready needs Discord and the database; an outage of these is no reason to restart a process that waits for them.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9400/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--", "jimeng-bot"]
CMD ["run"]
