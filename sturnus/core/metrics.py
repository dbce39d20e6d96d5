"""What is measured, for Prometheus. One place, so that names stay of one kind."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_WAITING = Gauge("sturnus_outbox_waiting", "Notices that have not arrived yet", ["topic"])
OUTBOX_OLDEST = Gauge("sturnus_outbox_oldest_seconds", "Age of the oldest notice that has not arrived yet", ["topic"])
OUTBOX_DELIVERED = Counter("sturnus_outbox_delivered_total", "Notices that arrived", ["topic"])
OUTBOX_FAILED = Counter("sturnus_outbox_failed_total", "Deliveries that failed and will be tried again", ["topic"])

NODE_PATCHES = Counter("sturnus_node_patches_total", "Kubernetes nodes that were made to agree with their labels")

REQUESTS = Histogram(
    "sturnus_http_request_seconds",
    "Time from request to answer",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 1, 5),
)
