"""Counters of the API and of the graph, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from amun_core.comparison import EndedBecause
from amun_core.errors import AmunError
from amun_core.states import InspectionState

CONTENT_TYPE = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Counts = Callable[[], Mapping[str, int]]
Length = Callable[[], int]


class GraphCollector(Collector):
    """Reads the graph when it is scraped: inspections by state, comparisons and the outbox."""

    def __init__(self, counts: Counts, outbox_length: Length, comparisons: Counts) -> None:
        self._counts = counts
        self._comparisons = comparisons
        self._outbox_length = outbox_length

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registration must not need the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge for each fact; a database that does not answer is a fact too."""
        up = GaugeMetricFamily("amun_database_up", "1 if the database answers")
        try:
            counts = self._counts()
            waiting = self._outbox_length()
            compared = self._comparisons()
        except AmunError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        by_state = GaugeMetricFamily("amun_inspections", "Inspections by state", labels=["state"])
        for state in InspectionState:
            by_state.add_metric([state.value], counts.get(state.value, 0))
        yield by_state
        by_end = GaugeMetricFamily(
            "amun_comparisons", "Comparisons by what ended them; none: no verdict", labels=["end"]
        )
        by_end.add_metric(["none"], compared.get("", 0))
        for end in EndedBecause:
            by_end.add_metric([end.value], compared.get(end.value, 0))
        yield by_end
        outbox = GaugeMetricFamily("amun_outbox_length", "Messages not yet handed to the broker")
        outbox.add_metric([], waiting)
        yield outbox


class Metrics:
    """The counters of one application."""

    def __init__(self, counts: Counts, outbox_length: Length, comparisons: Counts) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.registry.register(GraphCollector(counts, outbox_length, comparisons))
        self._requests = Counter(
            "amun_http_requests",
            "Requests answered",
            ["route", "method", "code"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "amun_http_request_seconds",
            "Time from a request's first look to its answer",
            ["route", "method"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._bound_counter = lru_cache(maxsize=1024)(self._requests.labels)
        self._bound_histogram = lru_cache(maxsize=1024)(self._seconds.labels)

    def observe(self, route: str, method: str, code: int, seconds: float) -> None:
        """Count one request."""
        self._bound_counter(route, method, code).inc()
        self._bound_histogram(route, method).observe(seconds)

    def exposition(self) -> bytes:
        """Everything as text."""
        return generate_latest(self.registry)
