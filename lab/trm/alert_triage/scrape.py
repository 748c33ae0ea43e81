"""Labels that the scrape of a metric adds to an alert: those of its target, exporter or kubelet."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from lab.trm.alert_triage.entities import Cast


@dataclass
class Labelled:
    """Labels of an alert and the keys of those that are parameters."""

    labels: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    kind: str = ""

    def point(self, parameter: str, key: str, value: str) -> None:
        """Add a label that is a parameter."""
        self.labels[key] = value
        self.keys[parameter] = key


def target(found: Labelled, cast: Cast, generator: random.Random) -> None:
    """Add what Prometheus knows of the place it scraped."""
    found.labels.setdefault("instance", f"{cast.address}:{generator.choice((8080, 9090, 9187))}")
    found.labels.setdefault("job", generator.choice(("kube-state-metrics", cast.app)))
    if generator.random() < 0.6:
        found.labels.setdefault("endpoint", generator.choice(("http", "metrics", "http-metrics")))
    if generator.random() < 0.5:
        found.labels.setdefault("service", generator.choice((cast.exporter, cast.app)))


def exporter(found: Labelled, cast: Cast, generator: random.Random) -> None:
    """Add the labels of an exporter's own pod."""
    exporter = cast.exporter
    found.labels["job"] = exporter
    found.labels["instance"] = f"{cast.address}:8080"
    found.labels["namespace"] = cast.system_namespace
    prefix = generator.choice(
        ("", "prometheus-", "prom-", "kube-prometheus-stack-", "monitoring-", "metrics-")
    )
    found.labels["pod"] = cast.pod_of(prefix + exporter, generator)
    found.labels["container"] = exporter
    if generator.random() < 0.5:
        found.labels["service"] = "prometheus-" + exporter
        found.labels["endpoint"] = "http"


def kubelet(found: Labelled, cast: Cast, generator: random.Random) -> None:
    """Add what the kubelet's own metrics have."""
    found.labels.update(job="kubelet", instance=f"{cast.address}:10250", node=cast.node)
    if generator.random() < 0.6:
        found.labels.update(endpoint="https-metrics", service="kubelet", metrics_path="/metrics")
