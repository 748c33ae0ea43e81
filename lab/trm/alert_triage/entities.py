"""Names of made-up pods, workloads, claims and places."""

from __future__ import annotations

import random
from dataclasses import dataclass

from function.trm.alert_triage.word_lists import words

_SYSTEM = ("monitoring", "monitoring", "observability", "kube-system", "prometheus", "metrics")
_EXPORTERS = ("kube-state-metrics", "kube-state-metrics", "kube-state-metrics", "node-exporter")
_CONTROLLERS = (
    "kustomize-controller", "source-controller", "helm-controller", "kube-state-metrics",
    "notification-controller", "flux-operator",
)  # fmt: skip
_HEX, _SAFE = "0123456789abcdef", "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True)
class Cast:
    """Who and what one alert is about, and others that only stand around."""

    app: str
    other_app: str
    namespace: str
    other_namespace: str
    system_namespace: str
    pod: str
    container: str
    claim: str
    volume: str
    node: str
    address: str
    uid: str
    cluster: str
    environment: str
    team: str
    region: str
    certificate: str
    job_name: str
    exporter: str
    count: int

    @staticmethod
    def pod_of(app: str, generator: random.Random) -> str:
        """Return a pod's name as a deployment, a stateful set or a daemon set gives it, or a
        bare one."""
        form = generator.random()
        if form < 0.55:
            return f"{app}-{_draw(_HEX, generator.choice((8, 9, 10)), generator)}-" + _draw(
                _SAFE, 5, generator
            )
        if form < 0.8:
            return f"{app}-{generator.randrange(4)}"
        return f"{app}-{_draw(_SAFE, 5, generator)}" if form < 0.95 else app

    @staticmethod
    def controller(generator: random.Random) -> str:
        """Return the pod of one of Flux's controllers, or of an exporter."""
        return Cast.pod_of(generator.choice(_CONTROLLERS), generator)


def draw_cast(generator: random.Random) -> Cast:
    """Return a new cast."""
    app, other = _app(generator), _app(generator)
    uid = "-".join(_draw(_HEX, size, generator) for size in (8, 4, 4, 4, 12))
    claim = generator.choice(
        (f"data-{app}-{generator.randrange(3)}", f"{app}-data", f"{app}-pvc", app, f"storage-{app}")
    )
    return Cast(
        app=app,
        other_app=other,
        namespace=generator.choice(words("namespaces"))
        if generator.random() < 0.8
        else _app(generator),
        other_namespace=generator.choice(words("namespaces")),
        system_namespace=generator.choice(_SYSTEM),
        pod=Cast.pod_of(app, generator),
        container=generator.choice((app, app.split("-")[0], "app", "main", "server")),
        claim=claim,
        volume=f"pvc-{uid}" if generator.random() < 0.7 else f"pv-{app}",
        node=generator.choice(("node-", "worker-", "ip-10-0-3-", "k8s-w", "pi-"))
        + str(generator.randrange(1, 60)),
        address=".".join(str(generator.randrange(1, 255)) for _ in range(4)),
        uid=uid,
        cluster=generator.choice(("prod-eu", "homelab", "staging", "k3s", "eu-west-1", "main")),
        environment=generator.choice(("prod", "staging", "dev", "production")),
        team=generator.choice(("platform", "sre", "payments", "data", "web", "core")),
        region=generator.choice(("eu-west-1", "us-east-1", "sa-east-1", "fra1")),
        certificate=f"{app}-tls",
        job_name=f"{app}-{generator.choice(('backup', 'migrate', 'report', 'cleanup'))}-"
        + str(generator.randrange(10**6, 10**8)),
        exporter=generator.choice(_EXPORTERS),
        count=generator.randrange(2, 12),
    )


def _app(generator: random.Random) -> str:
    first = generator.choice(words("apps"))
    if generator.random() < 0.08:
        first = _draw("abcdefghijklmnopqrstuvwxyz", generator.randrange(3, 8), generator)
    return first if generator.random() < 0.3 else f"{first}-{generator.choice(words('roles'))}"


def _draw(letters: str, count: int, generator: random.Random) -> str:
    return "".join(generator.choice(letters) for _ in range(count))
