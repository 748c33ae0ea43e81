"""Renders the subset of kustomize that ``deploy/`` uses, and refuses what it does not know.

After https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/: resources first, then
generated objects, patches, namespace, labels and images. Custom resources have no merge keys, so a
merge patch on one replaces lists (RFC 7386), which is all that the patches here do.
"""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]

API = "kustomize.config.k8s.io/v1beta1"
FIELDS = {
    *("apiVersion", "kind", "resources", "configMapGenerator"),
    *("patches", "namespace", "labels", "images"),
}


def render(folder: Path) -> list[Object]:
    """Return what ``kubectl kustomize FOLDER`` prints, in the order of the files.

    :raises ValueError: the kustomization uses what this does not know, a patch hits nothing, or
        two objects have one identity.
    """
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if (plan["apiVersion"], plan["kind"]) != (API, "Kustomization") or plan.keys() - FIELDS:
        raise ValueError(f"{folder} uses {sorted(plan.keys() - FIELDS)}")
    objects: list[Object] = []
    for name in plan["resources"]:
        path = folder / name
        objects += render(path) if path.is_dir() else read(path)
    objects += [_config_map(wanted, folder) for wanted in plan.get("configMapGenerator", [])]
    for patch in plan.get("patches", []):
        _patch(objects, patch, folder)
    for item in objects:
        if namespace := plan.get("namespace"):
            item["metadata"]["namespace"] = namespace
        for label in plan.get("labels", []):
            _only(label, {"pairs"})
            item["metadata"].setdefault("labels", {}).update(label["pairs"])
        for image in plan.get("images", []):
            _only(image, {"name", "newName", "newTag"})
            _rename(item, image)
    identities = [(item["kind"], item["metadata"]["name"]) for item in objects]
    if twice := {one for one in identities if identities.count(one) > 1}:
        raise ValueError(f"{sorted(twice)} twice in {folder}")
    return objects


def read(path: Path) -> list[Object]:
    """Return the objects of one file; every one has to be an object."""
    return [dict(item) for item in yaml.load_all(path.read_text(), _Strict)]


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


class _Strict(yaml.SafeLoader):
    """A key given twice is a mistake, of which YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=deep) for key, _ in node.value]
        if len(set(names)) < len(names):
            raise ValueError(f"a key stands twice {node.start_mark}")
        return super().construct_mapping(node, deep=deep)


def _config_map(wanted: Object, folder: Path) -> Object:
    """Return a ConfigMap of files, each under its own name; its name gets no suffix."""
    _only(wanted, {"name", "files", "options"})
    options = wanted["options"]
    _only(options, {"disableNameSuffixHash", "labels"})
    if not options["disableNameSuffixHash"]:
        raise ValueError("a suffix of the contents is not known here")
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": wanted["name"], "labels": dict(options["labels"])},
        "data": {Path(name).name: (folder / name).read_text() for name in wanted["files"]},
    }


def _patch(objects: list[Object], patch: Object, folder: Path) -> None:
    _only(patch, {"path", "target"})
    for body in yaml.safe_load_all((folder / patch["path"]).read_text()):
        target = patch.get("target") or {
            "kind": body["kind"],
            "name": re.escape(body["metadata"]["name"]),
        }
        _only(target, {"kind", "name"})
        hit = [item for item in objects if _meant(item, target)]
        if not hit:
            raise ValueError(f"{patch} hits nothing in {folder}")
        for item in hit:
            changed = _operate(item, body) if isinstance(body, list) else _overlay(item, body)
            item.clear()
            item.update(changed)


def _meant(item: Object, target: Object) -> bool:
    name = target.get("name", ".*")
    return item["kind"] == target["kind"] and bool(re.fullmatch(name, item["metadata"]["name"]))


def _overlay(item: Object, body: Object) -> Object:
    """Return a merge patch; one with a target keeps the names of what it hits."""
    name = item["metadata"]["name"]
    changed = merge(item, body)
    changed["metadata"]["name"] = name
    return dict(changed)


def _operate(item: Object, operations: list[Object]) -> Object:
    """Return a JSON patch, RFC 6902, of operations that add to an object or list that exists."""
    changed = deepcopy(item)
    for operation in operations:
        if operation["op"] != "add":
            raise ValueError(f"{operation['op']} is not known here")
        *path, last = [
            part.replace("~1", "/").replace("~0", "~")
            for part in operation["path"].removeprefix("/").split("/")
        ]
        place: Any = changed
        for part in path:
            place = place[int(part) if isinstance(place, list) else part]
        if isinstance(place, list) and last == "-":
            place.append(operation["value"])
        else:
            place[last] = operation["value"]
    return changed


def _rename(value: Any, image: Object) -> None:
    """Set the image of every container, wherever one is."""
    if isinstance(value, list):
        for item in value:
            _rename(item, image)
    elif isinstance(value, dict):
        for container in value.get("containers") or []:
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
        for item in value.values():
            _rename(item, image)


def _only(given: Object, known: set[str]) -> None:
    if unknown := given.keys() - known:
        raise ValueError(f"{sorted(unknown)} is not known here")
