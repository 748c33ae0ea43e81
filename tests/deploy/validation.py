"""Says what is wrong with a manifest, without a cluster.

Kubernetes' own kinds are held against its JSON schemas (package ``kubernetes-validate``), strictly.
Knative's and the Prometheus operator's against models that cloudcoil generates from their CRDs; the
models drop what they do not know, so what does not come back was wrong. Kinds that no package
has are written down here after the projects' CRDs, and so is what Knative's webhooks demand of
delivery.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

Object = dict[str, Any]

KUBERNETES = "1.37.0"
_DURATION = {"type": "string", "pattern": r"^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"}
_NAME = {"type": "string", "pattern": r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", "maxLength": 253}


def _object(required: list[str] | None = None, **properties: Any) -> Object:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
_ANY_OBJECT = {"type": "object"}
_REFERENCE = _object(
    ["apiVersion", "kind", "name"], apiVersion=_TEXT, kind=_TEXT, name=_NAME, namespace=_NAME
)
_DESTINATION = _object(ref=_REFERENCE, uri=_TEXT, CACerts=_TEXT, audience=_TEXT)
# knative/eventing, pkg/apis/duck/v1/delivery_types.go: both the fields and their validation.
_DELIVERY = _object(
    deadLetterSink=_DESTINATION,
    retry=_COUNT,
    timeout=_DURATION,
    backoffPolicy={"enum": ["linear", "exponential"]},
    backoffDelay=_DURATION,
    retryAfterMax=_DURATION,
    format={"enum": ["json", "binary"]},
)
_ATTRIBUTE = {
    "type": "string",
    "pattern": "^[a-z0-9]{1,20}$",
    "not": {"enum": ["id", "source", "specversion", "type"]},
}
_SPECS: dict[tuple[str, str], Object] = {
    # knative/eventing, config/core/resources/requestreply.yaml and requestreply_validation.go
    ("eventing.knative.dev/v1alpha1", "RequestReply"): _object(
        ["brokerRef", "correlationAttribute", "replyAttribute", "timeout"],
        brokerRef=_object(
            ["apiVersion", "kind", "name"], apiVersion=_TEXT, kind={"const": "Broker"}, name=_NAME
        ),
        correlationAttribute=_ATTRIBUTE,
        replyAttribute=_ATTRIBUTE,
        timeout=_DURATION,
        delivery=_DELIVERY,
    ),
    # knative-extensions/eventing-rabbitmq, config/broker/300-rabbitmqbrokerconfig.yaml
    ("eventing.knative.dev/v1alpha1", "RabbitmqBrokerConfig"): _object(
        ["rabbitmqClusterReference"],
        vhost=_TEXT,
        queueType={"enum": ["quorum", "classic"]},
        rabbitmqClusterReference={
            **_object(name=_NAME, namespace=_NAME, connectionSecret=_object(["name"], name=_NAME)),
            "oneOf": [{"required": ["name"]}, {"required": ["connectionSecret"]}],
        },
    ),
    # rabbitmq/cluster-operator, config/crd/bases/rabbitmq.com_rabbitmqclusters.yaml
    ("rabbitmq.com/v1beta1", "RabbitmqCluster"): _object(
        replicas=_COUNT,
        image=_TEXT,
        imagePullSecrets={"type": "array", "items": _object(["name"], name=_NAME)},
        service=_object(
            type={"enum": ["ClusterIP", "LoadBalancer", "NodePort"]}, annotations=_ANY_OBJECT
        ),
        persistence=_object(storageClassName=_NAME, storage=_TEXT),
        resources=_object(requests=_ANY_OBJECT, limits=_ANY_OBJECT),
        affinity=_ANY_OBJECT,
        tolerations={"type": "array", "items": _ANY_OBJECT},
        rabbitmq=_object(
            additionalPlugins={"type": "array", "items": _TEXT, "maxItems": 100},
            additionalConfig=_TEXT,
            advancedConfig=_TEXT,
            envConfig=_TEXT,
            erlangInetConfig=_TEXT,
        ),
        tls=_object(
            secretName=_NAME, caSecretName=_NAME, disableNonTLSListeners={"type": "boolean"}
        ),
        override=_ANY_OBJECT,
        skipPostDeploySteps={"type": "boolean"},
        terminationGracePeriodSeconds=_COUNT,
        delayStartSeconds=_COUNT,
        secretBackend=_ANY_OBJECT,
        autoEnableAllFeatureFlags={"type": "boolean"},
    ),
}
_KNATIVE_DELIVERY = {"Broker", "Trigger", "RequestReply"}


def problems(manifest: Object) -> list[str]:
    """Return every problem as one line that begins with the object's kind and name."""
    label = f"{manifest['kind']} {manifest['metadata']['name']}"
    return [f"{label}: {problem}" for problem in _problems_of(json.dumps(manifest))]


@cache
def _problems_of(manifest: str) -> list[str]:
    """Return the problems of a manifest in JSON; most stand in every overlay."""
    return list(_problems(json.loads(manifest)))


def _problems(manifest: Object) -> Iterator[str]:
    identity = (manifest["apiVersion"], manifest["kind"])
    yield from _against(_NAME, manifest["metadata"]["name"])
    spec = manifest.get("spec", {})
    if manifest["kind"] in _KNATIVE_DELIVERY:
        yield from _against(_DELIVERY, spec.get("delivery", {}))
    if manifest["kind"] == "JobSink":
        job = {"apiVersion": "batch/v1", "kind": "Job", **spec["job"]}
        yield from _against_kubernetes(job)
    if schema := _SPECS.get(identity):
        yield from _against(schema, spec)
    elif model := _models().get(identity):
        yield from _against_model(model, manifest)
    else:
        yield from _against_kubernetes(manifest)


def _against(schema: Object, value: Any) -> Iterator[str]:
    for error in Draft202012Validator(schema).iter_errors(value):
        yield f"{error.json_path}: {error.message}"


def _against_kubernetes(manifest: Object) -> Iterator[str]:
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        yield "there is no schema of this kind"
    except jsonschema.ValidationError as error:
        yield f"{error.json_path}: {error.message}"


def _against_model(model: type[BaseModel], manifest: Object) -> Iterator[str]:
    try:
        found = model.model_validate(manifest)
    except ValidationError as error:
        for problem in error.errors():
            yield f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
        return
    known = found.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for path in _lost(manifest, known):
        # The CRDs leave these to the webhooks, whose rules `_DELIVERY` has.
        if path not in {"/spec/delivery/timeout", "/spec/delivery/retryAfterMax"}:
            yield f"{path}: unknown or changed"


def _lost(given: Any, known: Any, path: str = "") -> Iterator[str]:
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name in known:
                yield from _lost(value, known[name], f"{path}/{name}")
            else:
                yield f"{path}/{name}"
    elif isinstance(given, list) and isinstance(known, list) and len(given) == len(known):
        for number, (one, other) in enumerate(zip(given, known, strict=True)):
            yield from _lost(one, other, f"{path}/{number}")
    elif given != known:
        yield path


@cache
def _models() -> dict[tuple[str, str], type[BaseModel]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names of generated fields that shadow others
        from cloudcoil.models.knative_eventing.eventing import v1 as eventing
        from cloudcoil.models.knative_eventing.eventing import v1beta2
        from cloudcoil.models.knative_eventing.sinks import v1alpha1 as sinks
        from cloudcoil.models.knative_eventing.sources import v1 as sources
        from cloudcoil.models.knative_serving.serving import v1 as serving
        from cloudcoil.models.prometheus_operator import v1 as prometheus
    return {
        ("serving.knative.dev/v1", "Service"): serving.Service,
        ("eventing.knative.dev/v1", "Broker"): eventing.Broker,
        ("eventing.knative.dev/v1", "Trigger"): eventing.Trigger,
        ("eventing.knative.dev/v1beta2", "EventType"): v1beta2.EventType,
        ("sources.knative.dev/v1", "SinkBinding"): sources.SinkBinding,
        ("sinks.knative.dev/v1alpha1", "JobSink"): sinks.JobSink,
        ("monitoring.coreos.com/v1", "ServiceMonitor"): prometheus.ServiceMonitor,
        ("monitoring.coreos.com/v1", "PrometheusRule"): prometheus.PrometheusRule,
    }
