"""Choosing by the nearness of sentences, without training: what a network has to beat."""

from __future__ import annotations

from collections.abc import Sequence

from function.trm.alert_triage.alert import Alert
from function.trm.alert_triage.codec import Remedy
from function.trm.alert_triage.vocabulary import words_of
from lab.trm.alert_triage.baselines import remedy_for
from lab.trm.alert_triage.vectors import SentenceEncoder

_MEANINGS = {
    "flux-reconcile-kustomization": "A Flux Kustomization is failing, out of sync or not ready.",
    "flux-reconcile-gitrepository": "A Flux GitRepository cannot be fetched or is not ready.",
    "flux-reconcile-helmrelease": "A Flux HelmRelease failed to install or upgrade, or is not "
    "ready.",
    "pod-restart": "A pod or workload crashes, is killed out of memory, hangs, is unhealthy or "
    "restarts again and again.",
    "pod-check-status": "A pod does not come up: pending, unschedulable, image pull error, "
    "container waiting, init stuck, not ready.",
    "scale-deployment": "A deployment has fewer replicas than wanted, or its load or queue is too "
    "high.",
    "check-pvc-status": "A persistent volume claim is filling up, out of inodes, not bound or has "
    "errors.",
    "none": "Something else: a node, the control plane, a quota, a certificate, a job, a host "
    "disk, a database, a web service, monitoring itself, a test heartbeat.",
}


class ByMeaning:
    """Alerts beside one sentence for each function; parameters as the keyword rules find them."""

    def __init__(self) -> None:
        self._encoder = SentenceEncoder()
        self._choices = list(_MEANINGS)
        self._meanings = self._encoder.embed(list(_MEANINGS.values()))

    def choose(self, alerts: Sequence[Alert]) -> list[Remedy]:
        """Return the nearest function of every alert."""
        found = self._encoder.embed([_sentence(alert) for alert in alerts]) @ self._meanings.T
        return [
            remedy_for(self._choices[number], alert)
            for number, alert in zip(found.argmax(1).tolist(), alerts, strict=True)
        ]


def _sentence(alert: Alert) -> str:
    texts = [text for key, text in alert.annotations.items() if not key.endswith("url")]
    return ". ".join((" ".join(words_of(alert.name)), *texts))
