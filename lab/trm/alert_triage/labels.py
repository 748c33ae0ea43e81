"""Labels of made-up alerts: what stands around the subject, and which labels are its parameters."""

from __future__ import annotations

import random

from lab.trm.alert_triage.entities import Cast
from lab.trm.alert_triage.family import Family
from lab.trm.alert_triage.scrape import Labelled
from lab.trm.alert_triage.subjects import SUBJECTS

FLUX_KINDS = {
    "flux-reconcile-kustomization": "Kustomization",
    "flux-reconcile-gitrepository": "GitRepository",
    "flux-reconcile-helmrelease": "HelmRelease",
}
OTHER_KINDS = (
    "HelmRepository", "HelmRepository", "HelmChart", "HelmChart", "OCIRepository", "Bucket",
    "ImageRepository", "ImagePolicy", "ImageUpdateAutomation", "Receiver", "Provider", "Alert",
    "ResourceSet", "Terraform",
)  # fmt: skip


def label(family: Family, kind: str, cast: Cast, generator: random.Random) -> Labelled:
    """Return labels for an alert of the family; `kind` is that of the workload or Flux resource."""
    found = Labelled(kind=kind)
    SUBJECTS[family.subject](family, found, cast, generator)
    if "namespace" in found.labels:  # the best that labels say, if nothing says it better
        found.keys.setdefault("namespace", "namespace")
    if family.choice == "none":
        found.keys.clear()
    if family.reasons and generator.random() < 0.3:
        found.labels["reason"] = generator.choice(family.reasons)
    _surround(found, cast, generator)
    order = list(found.labels)
    if generator.random() < 0.6:
        order.sort()
    else:
        generator.shuffle(order)
    found.labels = {key: found.labels[key] for key in order}
    return found


def _surround(found: Labelled, cast: Cast, generator: random.Random) -> None:
    """Add what every team adds to every alert; none of it is a parameter."""
    if generator.random() < 0.9:
        found.labels["severity"] = generator.choice(("warning", "critical", "info", "page"))
    extra = {
        "cluster": cast.cluster, "env": cast.environment, "team": cast.team,
        "prometheus": "monitoring/k8s", "region": cast.region, "tier": "backend",
        "priority": "P" + str(generator.randrange(1, 5)), "alertgroup": cast.other_app,
        "prometheus_replica": "prometheus-k8s-" + str(generator.randrange(2)),
        "replica": str(generator.randrange(2)), "owner": cast.team, "tenant": cast.team,
        "source": "prometheus", "app_kubernetes_io_name": cast.app, "app": cast.app,
        "helm_sh_chart": f"{cast.app}-1.{cast.count}.0", "receiver": "oncall", "long": "1h",
        "remediation": generator.choice(("pod-restart", "scale-deployment", "manual", "none")),
        "note": generator.choice(("restart pod", "check pvc", "reconcile helm release", "ignore")),
    }  # fmt: skip
    for key, value in extra.items():
        if generator.random() < (0.25 if key in ("cluster", "prometheus") else 0.06):
            found.labels.setdefault(key, value)
