"""Metrics: what a server counts and measures, in the words of Prometheus.

Here live the names, the help and the labels of every metric. No label holds anything that a caller
chooses (a token, a name, a path), so that their number is bounded. When to count lives where it
happens.
"""

from __future__ import annotations

import time
from typing import Final

from attrs import field, frozen
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of the text exposition format."""

LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
"""Seconds that bound the buckets; the last ones are of callers who wait."""

BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Calls that bound the buckets of shared commits."""


@frozen(eq=False)
class Metrics:
    """The figures of one application, or of all processes that serve it together.

    Args:
        registry: Where they are registered.
        requests: Requests that were answered, by call and outcome.
        seconds: Seconds from a request to its answer, by call.
        waiters: Callers whose answer is held.
        sweeps: Instances that the sweeper has finished.
        batches: Calls that shared a commit.
    """

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    waiters: Gauge
    sweeps: Counter
    batches: Histogram
    _known: dict[tuple[str, str], tuple[Counter, Histogram]] = field(factory=dict, init=False)

    @classmethod
    def create(cls) -> Metrics:
        """Return figures that start at zero, in a registry of their own."""
        registry = CollectorRegistry()
        started = Gauge(
            "statusek_start_time_seconds",
            "When the server was started, in seconds since 1970.",
            registry=registry,
            multiprocess_mode="min",
        )
        started.set(time.time())
        return cls(
            registry,
            Counter(
                "statusek_requests",
                "Requests that were answered, by call and outcome.",
                ["call", "code"],
                registry=registry,
            ),
            Histogram(
                "statusek_request_seconds",
                "Seconds from a request to its answer, by call.",
                ["call"],
                registry=registry,
                buckets=LATENCIES,
            ),
            Gauge(
                "statusek_waiters",
                "Callers whose answer is held until something happens.",
                registry=registry,
                multiprocess_mode="livesum",
            ),
            Counter(
                "statusek_sweeper_finished_instances",
                "Instances that were due and that the sweeper has finished.",
                registry=registry,
            ),
            Histogram(
                "statusek_commit_calls",
                "Calls that shared a commit of the database.",
                registry=registry,
                buckets=BATCHES,
            ),
        )

    def answered(self, call: str, code: str, seconds: float) -> None:
        """Count an answer.

        Args:
            call: One of a small number of names.
            code: One of a small number of codes.
            seconds: From the request to the answer.
        """
        try:
            requests, timer = self._known[call, code]
        except KeyError:
            requests, timer = self.requests.labels(call, code), self.seconds.labels(call)
            self._known[call, code] = requests, timer
        requests.inc()
        timer.observe(seconds)

    def text(self) -> bytes:
        """Return all figures in the text exposition format, those of other processes included."""
        together = CollectorRegistry()
        try:
            # The library knows by its variable PROMETHEUS_MULTIPROC_DIR if there are others.
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        except ValueError:
            together = self.registry
        return generate_latest(together)
