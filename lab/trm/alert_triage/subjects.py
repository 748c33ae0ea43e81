"""Labels of the subject of a made-up alert: a pod, a claim, a resource of Flux, a node."""

from __future__ import annotations

import random
from collections.abc import Callable

from lab.trm.alert_triage.entities import Cast
from lab.trm.alert_triage.family import Family
from lab.trm.alert_triage.scrape import Labelled, exporter, kubelet, target

_WORKLOADS = {
    "Deployment": "deployment",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "ReplicaSet": "replicaset",
}


def _pod(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    without = generator.random() < 0.14
    if form < 0.16:  # an exporter's own labels come first, the subject's have a prefix
        exporter(found, cast, generator)
        if generator.random() < 0.93:
            found.point("namespace", "exported_namespace", cast.namespace)
        if not without:
            found.point("name", "exported_pod", cast.pod)
        if generator.random() < 0.6:
            found.labels["exported_container"] = cast.container
    else:
        pod, namespace = "pod", "namespace"
        if form < 0.28:
            pod = generator.choice(
                ("pod_name", "kubernetes_pod_name", "k8s_pod_name", "podname", "pod_id_name")
            )
            namespace = generator.choice(
                ("namespace", "kubernetes_namespace", "k8s_namespace_name", "namespace_name", "ns")
            )
        if generator.random() < 0.93:
            found.point("namespace", namespace, cast.namespace)
        if not without:
            found.point("name", pod, cast.pod)
        if generator.random() < 0.7:
            found.labels["container"] = cast.container
        if generator.random() < 0.4:
            target(found, cast, generator)
    if without and generator.random() < 0.8:
        key = generator.choice(("deployment", "statefulset", "daemonset"))
        found.point("name", key, cast.app)
    elif not without and generator.random() < 0.12:
        found.labels[generator.choice(("deployment", "statefulset", "daemonset", "app"))] = cast.app
    if generator.random() < 0.25:
        found.labels["node"] = cast.node
    if generator.random() < 0.12:
        found.labels["uid"] = cast.uid
    if generator.random() < 0.06:
        found.labels["persistentvolumeclaim"] = cast.claim
    if family.choice == "pod-check-status" and generator.random() < 0.2:
        found.labels["phase"] = generator.choice(("Pending", "Unknown", "Failed"))


def _workload(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    exported = form < 0.12
    if exported or generator.random() < 0.45:
        exporter(found, cast, generator)
    if generator.random() < 0.94:
        found.labels.pop("namespace", None)
        if exported:
            found.labels["namespace"] = cast.system_namespace
        found.point("namespace", "exported_namespace" if exported else "namespace", cast.namespace)
    else:
        found.labels.pop("namespace", None)
    if generator.random() < 0.95:
        key = _WORKLOADS[found.kind]
        if form > 0.92:
            found.labels["workload_type"] = key
            key = "workload"
        elif form > 0.88:
            found.labels["kind"] = found.kind
            key = "name"
        elif form > 0.85:
            key += "_name"
        found.point("name", key, cast.app)
    if family.replicas:
        _replicas(found, cast, generator)
    elif generator.random() < 0.1:
        found.labels["replicas"] = str(cast.count)
    if generator.random() < 0.1:
        found.labels.setdefault("container", cast.container)


def _replicas(found: Labelled, cast: Cast, generator: random.Random) -> None:
    if generator.random() < 0.4:
        key = generator.choice(
            ("replicas", "replicas", "desired_replicas", "spec_replicas", "replicas_desired",
             "wanted_replicas", "target_replicas", "desired", "expected_replicas")
        )  # fmt: skip
        found.point("replicas", key, str(cast.count))
    if generator.random() < 0.2:
        key = generator.choice(
            ("available_replicas", "ready_replicas", "current_replicas", "replicas_available",
             "replicas_ready", "unavailable_replicas", "max_replicas")
        )  # fmt: skip
        found.labels[key] = str(generator.randrange(0, 4))


def _claim(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    if generator.random() < 0.5:
        kubelet(found, cast, generator)
    if form < 0.12:
        found.labels["namespace"] = cast.system_namespace
        found.point("namespace", "exported_namespace", cast.namespace)
    elif form > 0.93:
        key = generator.choice(("pvc_namespace", "claim_namespace"))
        found.point("namespace", key, cast.namespace)
    elif form > 0.16:
        found.point("namespace", "namespace", cast.namespace)
    if generator.random() < 0.95:
        key = "persistentvolumeclaim"
        if form > 0.8:
            key = generator.choice(
                ("pvc", "claim", "claim_name", "persistent_volume_claim", "pvc_name", "volumeclaim")
            )
        elif form < 0.05:
            key = "exported_persistentvolumeclaim"
        found.point("name", key, cast.claim)
    if generator.random() < 0.25:
        key = generator.choice(("persistentvolume", "volumename", "volume"))
        found.labels[key] = cast.volume
    if generator.random() < 0.2:
        found.labels["pod"] = cast.pod
    if generator.random() < 0.15:
        found.labels["storageclass"] = generator.choice(("standard", "gp3", "longhorn", "local"))


def _volume(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    found.labels["phase"] = generator.choice(("Failed", "Pending", "Released"))
    if generator.random() < 0.55:
        exporter(found, cast, generator)
    if generator.random() < 0.5:
        found.labels["persistentvolume"] = cast.volume
        found.point("namespace", "namespace", cast.namespace)
        found.point("name", "persistentvolumeclaim", cast.claim)
    else:
        found.point("name", "persistentvolume", cast.volume)
        if "namespace" in found.labels:
            found.keys["namespace"] = "namespace"


def _flux(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    name, namespace = "name", "namespace"
    named = {"Kustomization": "kustomization", "GitRepository": "gitrepository",
             "HelmRelease": "helmrelease"}.get(found.kind)  # fmt: skip
    if form < 0.45:  # as the metrics of the controllers or of kube-state-metrics have it
        namespace = "exported_namespace"
        found.labels["namespace"] = generator.choice(("flux-system", cast.system_namespace))
        found.labels["pod"] = cast.controller(generator)
        found.labels["container"] = generator.choice(("manager", "kube-state-metrics"))
        if generator.random() < 0.7:
            target(found, cast, generator)
        key = "kind"
        if generator.random() < 0.4:
            key = "customresource_kind"
            found.labels["customresource_group"] = _group(found.kind)
            found.labels["customresource_version"] = "v1"
        found.labels[key] = found.kind
    elif form < 0.6 and named is not None:
        name = generator.choice((named, named, named + "_name"))
    elif form < 0.7:
        name, namespace = "resource_name", "resource_namespace"
        found.labels["resource_kind"] = found.kind
        found.labels["namespace"] = "flux-system"
    else:
        found.labels["kind"] = found.kind
        if generator.random() < 0.15:
            name = "exported_name"
    if generator.random() < 0.95:
        found.point("namespace", namespace, cast.namespace)
    if generator.random() < 0.97:
        found.point("name", name, cast.app)
    suspended = family.suspended and generator.random() < 0.7
    if suspended or generator.random() < 0.15:
        found.labels[generator.choice(("suspended", "suspended", "suspend"))] = generator.choice(
            ("true", "True", "TRUE") if family.suspended else ("false", "False")
        )
    if generator.random() < 0.3:
        ready = generator.choice(("False", "False", "Unknown", "false"))
        found.labels["ready"] = "True" if family.suspended else ready
    if generator.random() < 0.2:
        found.labels["type"] = "Ready"
        found.labels["status"] = "True" if family.suspended else "False"
    if generator.random() < 0.15:
        found.labels["revision"] = "main@sha1:" + cast.uid[:8]
    if generator.random() < 0.1:
        found.labels["source_name"] = cast.other_app
    if generator.random() < 0.05:
        found.labels["url"] = f"https://git.example.net/{cast.team}/{cast.other_app}"


def _group(kind: str) -> str:
    if kind in ("HelmRelease", "Kustomization"):
        return ("helm" if kind == "HelmRelease" else "kustomize") + ".toolkit.fluxcd.io"
    return ("image" if kind.startswith("Image") else "source") + ".toolkit.fluxcd.io"


def _node(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    found.labels["instance"] = cast.node if form < 0.3 else f"{cast.address}:9100"
    if form < 0.6:
        found.labels[generator.choice(("node", "nodename", "host", "kubernetes_node"))] = cast.node
    if form > 0.4:
        exporter(found, cast, generator)
        found.labels["job"] = generator.choice(("node-exporter", "node", "kubelet", "smartctl"))
    if family.mount or generator.random() < 0.15:
        found.labels["device"] = generator.choice(("/dev/sda1", "nvme0n1", "eth0", "md0", "tmpfs"))
        if generator.random() < 0.6:
            found.labels["mountpoint"] = generator.choice(("/", "/var/lib", "/boot", "/mnt/data"))
            found.labels["fstype"] = generator.choice(("ext4", "xfs", "zfs"))
    if generator.random() < 0.2:
        found.labels["condition"] = generator.choice(("Ready", "DiskPressure", "MemoryPressure"))


def _service(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    if generator.random() < 0.85:
        target(found, cast, generator)
        found.labels["job"] = generator.choice((cast.app, cast.app + "-exporter", "monitoring/x"))
    if generator.random() < 0.75:
        found.labels["namespace"] = generator.choice((cast.namespace, cast.system_namespace))
    if generator.random() < 0.6:
        found.labels["pod"] = cast.pod
    if generator.random() < 0.5:
        found.labels["container"] = cast.container
    if generator.random() < 0.05:
        found.labels[generator.choice(("deployment", "statefulset"))] = cast.app
    for key in (
        "queue",
        "topic",
        "datname",
        "shard",
        "handler",
        "route",
        "code",
        "server",
        "zone",
        "consumergroup",
        "verb",
        "method",
        "long",
        "short",
        "integration",
        "rule_group",
    ):
        if generator.random() < 0.07:
            found.labels[key] = cast.other_app


def _namespace(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    found.labels[generator.choice(("namespace", "namespace", "exported_namespace"))] = (
        cast.namespace
    )
    if generator.random() < 0.7:
        found.labels["resource"] = generator.choice(("requests.cpu", "limits.memory", "pods"))
        found.labels["resourcequota"] = cast.other_app + "-quota"
    if generator.random() < 0.4:
        exporter(found, cast, generator)


def _certificate(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    form = generator.random()
    if form < 0.6:
        found.labels["name"] = cast.certificate
        key = generator.choice(("exported_namespace", "namespace"))
        found.labels[key] = cast.namespace
        if generator.random() < 0.5:
            found.labels["issuer_name"] = "letsencrypt"
            found.labels["issuer_kind"] = "ClusterIssuer"
        if generator.random() < 0.3:
            found.labels["condition"] = "Ready"
    else:
        found.labels["instance"] = f"https://{cast.app}.example.net"
    if generator.random() < 0.5:
        exporter(found, cast, generator)


def _job(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    found.labels["job_name"] = cast.job_name
    if generator.random() < 0.85:
        found.labels["namespace"] = cast.namespace
    if generator.random() < 0.3:
        found.labels["cronjob"] = cast.other_app
    if generator.random() < 0.25:
        found.labels["pod"] = cast.job_name + "-" + cast.uid[:5]
    if generator.random() < 0.5:
        target(found, cast, generator)
        found.labels["job"] = "kube-state-metrics"
    if generator.random() < 0.2:
        found.labels["condition"] = "true"


def _bare(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    if generator.random() < 0.4:
        target(found, cast, generator)
    if generator.random() < 0.3:
        found.labels["name"] = cast.other_app
    if generator.random() < 0.2:
        found.labels["namespace"] = cast.namespace


def _podusage(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    found.labels["pod"] = cast.pod
    found.labels["namespace"] = cast.namespace
    if generator.random() < 0.8:
        found.labels["container"] = cast.container
    if generator.random() < 0.35:
        kubelet(found, cast, generator)
    if generator.random() < 0.1:
        found.labels[generator.choice(("deployment", "statefulset"))] = cast.app
    if generator.random() < 0.15:
        found.labels["image"] = f"registry.example.net/{cast.app}:1.{cast.count}"


def _app(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    if generator.random() < 0.8:
        found.labels["name"] = cast.app
    for key, value in (
        ("namespace", cast.namespace), ("project", cast.team), ("application", cast.app),
        ("pod", cast.pod), ("dest_server", "https://kubernetes.default.svc"),
        ("schedule", cast.other_app), ("exported_namespace", cast.other_namespace),
    ):  # fmt: skip
        if generator.random() < 0.35:
            found.labels[key] = value
    if generator.random() < 0.08:
        found.labels["deployment"] = cast.app
    if generator.random() < 0.4:
        target(found, cast, generator)


def _scaler(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    key = generator.choice(("poddisruptionbudget", "horizontalpodautoscaler", "scaledobject"))
    found.labels[key] = cast.app
    found.labels["namespace"] = cast.namespace
    if generator.random() < 0.5:
        target(found, cast, generator)
        found.labels["job"] = "kube-state-metrics"


def _autoscaler(family: Family, found: Labelled, cast: Cast, generator: random.Random) -> None:
    if generator.random() < 0.5:
        exporter(found, cast, generator)
    found.point("namespace", "namespace", cast.namespace)
    key = generator.choice(("horizontalpodautoscaler", "horizontalpodautoscaler", "hpa"))
    found.labels[key] = cast.app
    if generator.random() < 0.25:
        key = generator.choice(("deployment", "scaletargetref_name", "scale_target"))
    found.point("name", key, cast.app)
    _replicas(found, cast, generator)


SUBJECTS: dict[str, Callable[[Family, Labelled, Cast, random.Random], None]] = {
    "pod": _pod, "workload": _workload, "deployment": _workload, "claim": _claim,
    "volume": _volume, "flux": _flux, "otherflux": _flux, "node": _node, "service": _service,
    "namespace": _namespace, "certificate": _certificate, "job": _job, "bare": _bare,
    "podusage": _podusage, "app": _app, "scaler": _scaler, "autoscaler": _autoscaler,
}  # fmt: skip
