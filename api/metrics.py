"""What Prometheus is told."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""upper ends of the classes of the latency histogram"""


class Metrics:
    """The figures of one service; labels are routes and statuses, never what was sent."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "emotion_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "emotion_request_seconds",
            "Time from the request's headers to the response's end.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.answered = Counter(
            "emotion_answers", "Items answered.", ("modality",), registry=self.registry
        )
        self.dropped = Counter(
            "emotion_frames_dropped",
            "Frames of streams that were not answered, since a newer one came.",
            registry=self.registry,
        )
        self.streams = self._gauge("emotion_streams", "WebSockets that are open.")
        self.models = self._gauge("emotion_models_loaded", "Models in memory.")
        self.waiting = self._gauge("emotion_waiting", "Requests that wait or are answered.")
        self.processes = self._gauge("emotion_processes", "Processes that answer media.")
        self.processes_ended = self._gauge(
            "emotion_processes_ended", "Processes that died or were killed so far."
        )
        self.held = self._gauge("emotion_held_bytes", "Size of the bodies in memory.")
        self.jobs = Gauge("emotion_jobs", "Jobs in memory.", ("state",), registry=self.registry)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(name, what, registry=self.registry)

    def text(self) -> bytes:
        """Everything in Prometheus' format."""
        return generate_latest(self.registry)
