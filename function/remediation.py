"""The parameters of a remediation: which labels of an alert may say them, and with what values.

A namespace comes only from a label that means one, a name only from a label of the resource in
question. An action that lacks a parameter is not an action: its function is null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_FUNCTION = "none"
_POD = ("pod", "podname", "pod_id")
_WORKLOADS = ("deployment", "statefulset", "daemonset")
_RESTARTED = (*_POD, *_WORKLOADS)
_SCALED = (
    *("deployment", "statefulset", "replicaset", "horizontalpodautoscaler", "hpa"),
    *("scaletargetref", "scale_target"),
)
_CLAIM = (
    *("persistentvolumeclaim", "persistent_volume_claim", "pvc", "claim", "claimname"),
    *("volumeclaim", "persistentvolume"),
)
NAMED_BY = {
    "flux-reconcile-kustomization": ("kustomization",),
    "flux-reconcile-gitrepository": ("gitrepository",),
    "flux-reconcile-helmrelease": ("helmrelease",),
    "pod-restart": _RESTARTED,
    "pod-check-status": (*_RESTARTED, "replicaset"),
    "scale-deployment": _SCALED,
    "check-pvc-status": _CLAIM,
}
"""What may be named, by function, as labels call it; the first is preferred."""
FUNCTIONS = frozenset(NAMED_BY)
_GENERIC = ("exported_name", "resource_name", "name")
"""Labels that name whatever another label says the kind of."""
_KINDS = ("kind", "customresource_kind", "resource_kind", "workload_type", "owner_kind")
_NAMESPACES = ("exported_namespace", "resource_namespace", "namespace")
_NAMESPACE = re.compile(r"(?:\w+_)?namespace(?:_name)?|ns")
_ELSEWHERE = re.compile(
    r"(?:aws|azure|vault|nomad|metrics?|rule|pid|user|network|source|src|destination|dest|dst|peer"
    r"|client|server|remote|upstream|downstream|monitor|prometheus)_namespace(?:_name)?"
)
"""Namespaces of something else: of a cloud's metrics, of the other end of a connection."""
_FLUX = re.compile(r"flux|gotk|kustomization|helm|git|reconcil|source", re.IGNORECASE)
_AROUND = re.compile(r"^(?:(?:exported|kubernetes|k8s|kube|resource)_)*|_name$")
_REPLICAS = re.compile(
    r"(?:(?:spec|desired|wanted|target|expected)_)?replicas(?:_(?:desired|wanted|expected|spec))?"
    r"|desired"
)
_EXPORTERS = ("kube-state-metrics", "node-exporter")
"""Pods that only report on others."""
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]{1,6}")
LONGEST_LABEL, LONGEST_NAME = 63, 253
MOST_OBJECTS = 20


@dataclass(frozen=True, slots=True)
class Remediation:
    """A function with its parameters, the labels that say them, and what keeps it from running."""

    choice: str
    parameters: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def function(self) -> str | None:
        """The function to run; None where there is nothing to do or something is missing."""
        return None if self.problem or self.choice == NO_FUNCTION else self.choice


def chooses_remediation(names: Iterable[str]) -> bool:
    """Return whether choices are functions of remediation, and perhaps the one to do nothing."""
    return {*names} - {NO_FUNCTION} <= FUNCTIONS


def remediation(
    choice: str, labels: Mapping[str, str], pointed: Mapping[str, str] | None = None
) -> Remediation:
    """Return a function with what the labels say of its parameters.

    :param pointed: keys of labels that a network takes for parameters; one that cannot mean its
        parameter is not used.
    """
    if choice not in FUNCTIONS:
        return Remediation(choice)
    wanted = {"name": _names, "namespace": _namespaces}
    if choice == "scale-deployment":
        wanted["replicas"] = _replica_counts
    parameters: dict[str, str] = {}
    keys: dict[str, str] = {}
    missing, wrong = [], []
    for parameter, candidates in wanted.items():
        found = list(candidates(choice, labels))
        key = (pointed or {}).get(parameter)
        if key not in found:
            key = found[0] if found else None
        if key is None:
            missing.append(parameter)
        elif not is_valid(parameter, labels[key]):
            wrong.append(f"label {key} is not a valid {parameter}")
        else:
            parameters[parameter], keys[parameter] = labels[key], key
    if choice == "pod-restart" and "name" in keys:
        parameters["type"] = _type_of(keys["name"], labels)
    problems = [f"no label says the {' and the '.join(missing)}"] if missing else []
    return Remediation(choice, parameters, keys, "; ".join([*problems, *wrong]))


def is_valid(parameter: str, value: str) -> bool:
    """Return whether a value is a number of replicas, or a name by RFC 1123."""
    if parameter == "replicas":
        return _NUMBER.fullmatch(value) is not None
    if parameter == "namespace":
        return len(value) <= LONGEST_LABEL and _LABEL.fullmatch(value) is not None
    return len(value) <= LONGEST_NAME and all(map(_LABEL.fullmatch, value.split(".")))


def bare_key(key: str) -> str:
    """Return what a label names, without what exporters put around it."""
    return _AROUND.sub("", key)


def means_namespace(key: str) -> bool:
    """Return whether a label says a namespace."""
    return _NAMESPACE.fullmatch(key) is not None and _ELSEWHERE.fullmatch(key) is None


def labels_in(value: Any) -> dict[str, str]:
    """Return the labels of the alert in a context or a message; empty where there is none.

    An alert is an object with labels, a group of alerts as Alertmanager sends it, or either of
    them under ``alert``.
    """
    if not isinstance(value, dict):
        return {}
    first = value["alerts"][0] if isinstance(value.get("alerts"), list) and value["alerts"] else {}
    found: dict[str, str] = {}
    for holder in (value, first):
        for name in ("commonLabels", "labels"):
            inner = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(inner, dict):
                found |= {key: text for key, text in inner.items() if isinstance(text, str)}
    return found or labels_in(value.get("alert"))


def labels_written_in(text: str) -> dict[str, str]:
    """Return the first JSON object in a text that has an ``alertname``: the labels of an alert."""
    start = -1
    for _ in range(MOST_OBJECTS):
        start = text.find("{", start + 1)
        if start < 0 or text.find('"alertname"', start) < 0:
            break
        try:
            value = _DECODER.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
        labels = labels_in(value) or (value if "alertname" in value else {})
        if labels:
            return {key: inner for key, inner in labels.items() if isinstance(inner, str)}
    return {}


_DECODER = json.JSONDecoder()


def breaks_remediation(value: Any, labels: Mapping[str, str]) -> str:
    """Return what is wrong with a JSON answer that names a function and its parameters."""
    function = value.get("lambda_function") if isinstance(value, dict) else None
    if function is None or function == NO_FUNCTION:
        return ""
    if function not in FUNCTIONS:
        return f"lambda_function must be null or one of: {', '.join(NAMED_BY)}"
    right = remediation(function, labels)
    if right.problem:
        return f"{function} cannot run: {right.problem}"
    given = value.get("parameters")
    said = given if isinstance(given, dict) else {}
    wrong = [name for name, text in right.parameters.items() if str(said.get(name)) != text]
    return f"labels say another {' and '.join(wrong)} for {function}" if wrong else ""


def without_action(value: Any, refused: bool) -> Any:
    """Return a JSON answer whose function is null where it is "none" or must not run."""
    if not isinstance(value, dict) or value.get("lambda_function") is None:
        return value
    if refused or value["lambda_function"] == NO_FUNCTION:
        return {**value, "lambda_function": None}
    return value


def _names(choice: str, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield the labels that may name what a function acts on, the likeliest first."""
    nouns = NAMED_BY[choice]
    kinds = {labels[key].lower() for key in _KINDS if key in labels}
    own = sorted(
        (nouns.index(noun), not key.startswith("exported_"), key)
        for key in labels
        if (noun := bare_key(key)) in nouns
    )
    of_exporters = [key for *_, key in own if any(name in labels[key] for name in _EXPORTERS)]
    yield from (key for *_, key in own if key not in of_exporters)
    # Flux's own alerts name a resource by its name alone; those of others do not mean that.
    of_flux = choice.startswith("flux-") and _FLUX.search(labels.get("alertname", ""))
    if kinds & set(nouns) or (of_flux and not kinds):
        yield from (key for key in _GENERIC if key in labels)
    if kinds & set(nouns) and "workload" in labels:
        yield "workload"
    yield from of_exporters


def _namespaces(choice: str, labels: Mapping[str, str]) -> Iterator[str]:
    known = [key for key in _NAMESPACES if key in labels]
    yield from known
    yield from (key for key in labels if key not in known and means_namespace(key))


def _replica_counts(choice: str, labels: Mapping[str, str]) -> Iterator[str]:
    yield from (key for key in labels if _REPLICAS.fullmatch(key))


def _type_of(key: str, labels: Mapping[str, str]) -> str:
    """Return what the label that names a workload says it is, or what another label does."""
    kinds = [bare_key(key), *(labels[kind].lower() for kind in _KINDS if kind in labels)]
    return next((kind for kind in kinds if kind in _WORKLOADS), "pod")
