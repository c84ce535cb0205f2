"""What is counted and timed, in Prometheus' terms. Labels come from closed sets, never from a request."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _Because(msgspec.Struct):
    code: str


class _Verdict(msgspec.Struct):
    verdict: str
    reasons: tuple[_Because, ...] = ()


_VERDICT = msgspec.json.Decoder(_Verdict)


class Metrics:
    """One registry per application, so that two in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._decisions = self._counter("decisions", "Questions answered.", "verdict", "code")
        self._permits = self._counter("permits", "Permits asked for.", "verdict", "code")
        self._events = self._counter("events", "Events reported on permits.", "type")
        self._jobs = self._counter("jobs", "Runs of periodic work.", "job", "result")
        self._waiting = self._gauge("writer_waiting", "Jobs waiting for the writer.")
        self._oldest = self._gauge("writer_oldest_wait_seconds", "How long the oldest of them has waited.")
        self._behind = self._gauge("writer_behind_bulk_seconds", "The longest that an ask waited for an import so far.")
        self._seconds = Histogram(
            "contactguard_http_request_seconds",
            "Time from the head of a request to its answer.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._observers: dict[tuple[str, str, int], Callable[[float], None]] = {}
        self._asked: dict[tuple[str, str], Callable[[], None]] = {}

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"contactguard_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"contactguard_{name}", text, registry=self.registry)

    def decision(self, verdict: str, code: str) -> None:
        """A question was answered; `code` is the leading reason of a no, "" with a yes."""
        self._decisions.labels(verdict, code).inc()

    def permit(self, answer: bytes) -> None:
        """A permit was asked for, and this is the answer."""
        said = _VERDICT.decode(answer)
        key = (said.verdict, said.reasons[0].code if said.reasons else "")
        count = self._asked.get(key)
        if count is None:
            count = self._asked[key] = self._permits.labels(*key).inc
        count()

    def event(self, kind: str) -> None:
        """An event was reported."""
        self._events.labels(kind).inc()

    def job(self, job: str, result: str) -> None:
        """Periodic work ran."""
        self._jobs.labels(job, result).inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its template."""
        key = (method, route, status)
        observe = self._observers.get(key)
        if observe is None:
            observe = self._observers[key] = self._seconds.labels(method, route, str(status)).observe
        observe(seconds)

    def page(self, waiting: int | None, oldest_wait_seconds: float | None, behind_bulk_seconds: float | None) -> bytes:
        """The exposition text. The writer's queue is as it is now, not a number where it is not known."""
        self._waiting.set(nan if waiting is None else waiting)
        self._oldest.set(nan if oldest_wait_seconds is None else oldest_wait_seconds)
        self._behind.set(nan if behind_bulk_seconds is None else behind_bulk_seconds)
        return generate_latest(self.registry)
