"""Says what an image carries: ``python -m image.sbom ROOT`` prints CycloneDX 1.6 as JSON.

ROOT is the image's root file system. Components are Debian's packages and Python's distributions,
as their own metadata say, each with its licences; ``--licences`` prints a table of them instead.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

Component = dict[str, Any]

_LONGEST_NAME = 60
UNKNOWN = "unknown"


def bom(root: Path) -> dict[str, Any]:
    """Return the bill of materials of a root file system.

    :raises FileNotFoundError: there is no application in it.
    """
    components = [*python_components(root), *debian_components(root)]
    components.sort(key=lambda item: str(item["purl"]))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "trm", "bom-ref": "trm"}},
        "components": components,
    }


def python_components(root: Path) -> Iterator[Component]:
    """Yield every distribution of the application's virtual environment."""
    folders = list(root.glob("app/.venv/lib/python3*/site-packages"))
    if not folders:
        raise FileNotFoundError(f"{root} holds no /app/.venv")
    for found in distributions(path=[str(folder) for folder in folders]):
        name = re.sub(r"[-_.]+", "-", found.name).lower()
        yield _component(f"pkg:pypi/{name}@{quote(found.version)}", found, name)


def debian_components(root: Path) -> Iterator[Component]:
    """Yield every installed package of the base, where there are any."""
    status = root / "var/lib/dpkg/status"
    if not status.is_file():
        return
    for paragraph in status.read_text("utf-8").split("\n\n"):
        fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.+)$", paragraph, re.MULTILINE))
        if not fields.get("Status", "").endswith(" installed"):
            continue
        name, version = fields["Package"], fields["Version"]
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={fields['Architecture']}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": _named(debian_licences(root, name)),
        }


def debian_licences(root: Path, package: str) -> list[str]:
    """Return the licences that a package's copyright file names, or the file, which the image
    has."""
    path = root / "usr/share/doc" / package / "copyright"
    if not path.is_file():
        return [UNKNOWN]
    text = path.read_text("utf-8", "replace")
    if text.startswith("Format:"):
        names = {name.strip() for name in re.findall(r"^License: *(\S.*)$", text, re.MULTILINE)}
        return sorted(names)
    shared = re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text)
    return sorted(set(shared)) or [f"see /usr/share/doc/{package}/copyright"]


def _component(purl: str, found: Distribution, name: str) -> Component:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": found.version,
        "purl": purl,
        "licenses": _python_licences(found),
    }


def _python_licences(found: Distribution) -> list[Any]:
    """Return the SPDX expression if there is one, else the classifiers, else the free field."""
    if expression := _field(found, "License-Expression"):
        return [{"expression": expression}]
    classifiers = [
        str(text).rpartition(" :: ")[2]
        for text in found.metadata.get_all("Classifier") or []
        if str(text).startswith("License :: ") and str(text) != "License :: OSI Approved"
    ]
    if classifiers:
        return _named(sorted(classifiers))
    free = _field(found, "License").strip().partition("\n")[0]
    return _named([free[:_LONGEST_NAME]] if free else [UNKNOWN])


def _field(found: Distribution, name: str) -> str:
    """Return the first value of a metadata field; empty where it has none."""
    return str(next(iter(found.metadata.get_all(name) or []), ""))


def _named(names: list[str]) -> list[Any]:
    return [{"license": {"name": name}} for name in names]


def licences(materials: dict[str, Any]) -> str:
    """Return how many components have each licence, as a table for people."""
    counted: Counter[str] = Counter()
    for component in materials["components"]:
        for item in component["licenses"]:
            counted[item.get("expression") or item["license"]["name"]] += 1
    return "\n".join(f"{number:>5}  {name}" for name, number in counted.most_common())


def main(arguments: list[str]) -> int:
    """Print the bill, or the licences; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m image.sbom", description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--licences", action="store_true")
    given = parser.parse_args(arguments)
    materials = bom(given.root)
    print(licences(materials) if given.licences else json.dumps(materials, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
