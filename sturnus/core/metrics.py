"""What is measured, for Prometheus. One place, so that names stay of one kind."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_WAITING = Gauge("sturnus_outbox_waiting", "Notices that have not arrived yet", ["topic"])
OUTBOX_OLDEST = Gauge("sturnus_outbox_oldest_seconds", "Age of the oldest notice that has not arrived yet", ["topic"])
OUTBOX_DELIVERED = Counter("sturnus_outbox_delivered_total", "Notices that arrived", ["topic"])
OUTBOX_FAILED = Counter("sturnus_outbox_failed_total", "Deliveries that failed and will be tried again", ["topic"])

NODE_PATCHES = Counter("sturnus_node_patches_total", "Kubernetes nodes that were made to agree with their labels")

HEARTBEATS = Counter("sturnus_heartbeats_total", "Datagrams of agents, by what became of them", ["result"])
HEARTBEAT_LAG = Gauge("sturnus_heartbeat_lag_seconds", "How late the last batch of heartbeats was read")
HEARD_OLDEST = Gauge(
    "sturnus_hosts_heard_oldest_seconds", "Time since the unlocked host was heard that is silent longest"
)
HOSTS_BY_VERDICT = Gauge("sturnus_hosts", "Hosts with an agent, by what the two witnesses say of them", ["verdict"])
NETWORK_SUSPECTED = Gauge("sturnus_network_suspected", "1 while so many hosts are lost at once that none is failed")
HOSTS_FENCED = Counter("sturnus_hosts_fenced_total", "Hosts that failed and were switched off by their controllers")

REQUESTS = Histogram(
    "sturnus_http_request_seconds",
    "Time from request to answer",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 1, 5),
)
