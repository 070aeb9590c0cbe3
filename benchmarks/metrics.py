"""What metrics cost a process that answers ten requests a second and is scraped every 15 seconds.

    python -m benchmarks.metrics

The processor time is that of everything recorded for a request with one picture and eight requests to
Discord, of the event loop's measurements, and of rendering a scrape. Left out: reading the database and the
disk for a scrape, which doesn't depend on the number of requests, and the HTTP server.
"""

from __future__ import annotations

import time

from bot.telemetry.log_context import log_fields
from bot.telemetry.metrics import Metrics

REQUESTS, RATE, SCRAPE_INTERVAL, LAG_INTERVAL, RENDERS = 20_000, 10, 15, 0.5, 100


def record_request(metrics: Metrics, number: int) -> None:
    """Record what a request with one picture records."""
    with log_fields(guild_id=number, shard=1):
        metrics.acknowledged(0.2)
        metrics.accepted(0.003)
    with log_fields(job_id=number, guild_id=number):
        metrics.waited(1.5)
        with log_fields(provider="relay"):
            metrics.called("relay", "picture", 17.0)
        metrics.processed("check", 0.01)
        metrics.processed("fit", 0.2)
        metrics.delivered("card", 0.6)
    metrics.finished("pictures", 1)
    for route in ("acknowledgement", "answer", "answer", "answer", "answer", "message", "answer", "answer"):
        metrics.requested(route, "200", 0.15)


def main() -> None:
    metrics = Metrics()
    began = time.process_time()
    for number in range(REQUESTS):
        record_request(metrics, number)
    request = (time.process_time() - began) / REQUESTS
    began = time.process_time()
    for _ in range(REQUESTS):
        metrics.lagged(0.001)
    lag = (time.process_time() - began) / REQUESTS
    began = time.process_time()
    body = b""
    for _ in range(RENDERS):
        body = metrics.render()
    scrape = (time.process_time() - began) / RENDERS
    share = RATE * request + lag / LAG_INTERVAL + scrape / SCRAPE_INTERVAL
    print(f"recording a request: {request * 1e6:.0f} µs")
    print(f"rendering a scrape of {len(body) / 1e3:.0f} kB: {scrape * 1e3:.1f} ms")
    print(f"at {RATE} requests a second: {share * 100:.2f} % of one processor core")


if __name__ == "__main__":
    main()
