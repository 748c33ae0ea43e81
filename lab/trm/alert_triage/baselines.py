"""Keyword rules as an engineer would write them in an afternoon: what a network has to beat."""

from __future__ import annotations

import re

from function.trm.alert_triage.alert import Alert
from function.trm.alert_triage.codec import Remedy

_CRASH = re.compile(
    r"crash|restart|oom|out of memory|outofmemory|hang|hung|unresponsive|deadlock|liveness|"
    r"unhealthy|killed|panic|segfault|terminated|rollout"
)
_WAITING = re.compile(
    r"pending|unschedul|scheduling|imagepull|image pull|errimage|waiting|creating|init|"
    r"not.?ready|not.?running|not.?healthy|startup|start"
)
_SCALE = re.compile(
    r"replica|overload|backlog|queue|saturat|heavy load|high ?load|capacity|hpa|autoscal"
)
_VOLUME = re.compile(r"persistent ?volume|pvc|volume")
_FLUX = {
    "helmrelease": "flux-reconcile-helmrelease",
    "gitrepository": "flux-reconcile-gitrepository",
    "kustomization": "flux-reconcile-kustomization",
}
_KINDS = ("kind", "customresource_kind", "resource_kind")
_PODS = ("exported_pod", "pod", "pod_name", "kubernetes_pod_name", "k8s_pod_name")
_WORKLOADS = ("deployment", "statefulset", "daemonset", "replicaset", "workload")
_CLAIMS = ("persistentvolumeclaim", "pvc", "claim", "claim_name", "persistentvolume")
_NAMESPACES = ("exported_namespace", "resource_namespace", "namespace", "kubernetes_namespace")
_REPLICAS = ("replicas", "desired_replicas", "spec_replicas")
_EXPORTERS = ("kube-state-metrics", "node-exporter")


def by_keywords(alert: Alert) -> Remedy:
    """Return what the rules do about an alert: its name and labels decide, its text is not read."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", alert.name).lower().replace("_", " ")
    squeezed = name.replace(" ", "")
    kinds = [alert.labels[key].lower() for key in _KINDS if key in alert.labels]
    kind = kinds[0] if kinds else ""
    suspended = alert.labels.get("suspended", "").lower() == "true" or "suspend" in name
    for word, choice in _FLUX.items():
        if kind == word or (not kind and (word in squeezed or word in alert.labels)):
            return remedy_for("none" if suspended else choice, alert)
    if re.search(r"node|host|kubelet|certificate|job|quota", name) or kind:
        return Remedy("none", {})
    claim = next((key for key in _CLAIMS if key in alert.labels), None)
    if claim and _VOLUME.search(name):
        return remedy_for("check-pvc-status", alert)
    workload = next((key for key in _WORKLOADS if key in alert.labels), None)
    if _SCALE.search(name) and workload:
        return remedy_for("scale-deployment", alert)
    if any(key in alert.labels for key in (*_pods(alert), *_WORKLOADS)):
        subject = re.search(r"pod|container|deployment|stateful|daemon|workload|init|image", name)
        if subject and _WAITING.search(name):
            return remedy_for("pod-check-status", alert)
        if subject and _CRASH.search(name):
            return remedy_for("pod-restart", alert)
    return Remedy("none", {})


def remedy_for(choice: str, alert: Alert) -> Remedy:
    """Return a choice with the labels that such a function's parameters usually are."""
    if choice == "none":
        return Remedy("none", {})
    names: tuple[str, ...] = (*_pods(alert), *_WORKLOADS)
    if choice == "scale-deployment":
        names = _WORKLOADS
    elif choice == "check-pvc-status":
        names = _CLAIMS
    elif choice in _FLUX.values():
        names = ("name", "exported_name", "resource_name", *_FLUX)
    wanted = {"name": names, "namespace": _NAMESPACES}
    if choice == "scale-deployment":
        wanted["replicas"] = _REPLICAS
    found = {}
    for parameter, keys in wanted.items():
        key = next((key for key in keys if key in alert.labels), None)
        if key is not None:
            found[parameter] = key
    return Remedy(choice, found)


def _pods(alert: Alert) -> tuple[str, ...]:
    """Keys that may name the pod, without an exporter's own."""
    return tuple(key for key in _PODS
                 if not any(each in alert.labels.get(key, "") for each in _EXPORTERS))  # fmt: skip
