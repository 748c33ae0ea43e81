"""The repository as a distribution, and as a function that the func CLI takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import datetime
from importlib.metadata import Distribution, PackageNotFoundError, distributions
from importlib.metadata import distribution as distribution_of
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from function import __version__
from function.settings import Settings, load_settings
from tests.adapters import ROOT, installed

QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?")


@pytest.fixture(scope="module")
def distribution() -> Distribution:
    """Return the only distribution that the repository installs."""
    (found,) = distributions(path=[str(installed().site)])
    return found


@pytest.fixture(scope="module")
def manifest() -> Any:
    """Return what func.yaml says."""
    return yaml.safe_load((ROOT / "func.yaml").read_text("utf-8"))


def test_distribution_is_called_function(distribution: Distribution) -> None:
    assert distribution.name == "function"
    assert distribution.metadata["License-Expression"] == "Apache-2.0"
    placed = {path.name for path in installed().site.iterdir() if path.suffix != ".dist-info"}
    assert placed == {"function", "bin"}
    assert [path.name for path in (installed().site / "bin").iterdir()] == ["trm"]
    assert distribution.version == __version__


def test_package_exports_new_and_create_app(tmp_path: Path) -> None:
    told = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c"),
            "import function; print(function.__file__, callable(function.new),"
            " callable(function.create_app), function.new.__name__, *function.__all__)",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed().site)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert Path(told[0]).is_relative_to(installed().site.resolve())
    # The middleware looks at the name: "new" makes an instance, "handle" is called.
    assert told[1:4] == ["True", "True", "new"]
    assert set(told[4:]) == {"new", "create_app"}


def pinned(file: str) -> dict[str, str]:
    """Return the exact versions of a list by the names of their packages."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    found = [re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_the_whole_list_holds_every_dependency_and_extra(distribution: Distribution) -> None:
    ranges = [Requirement(line) for line in distribution.requires or ()]
    served = [r for r in ranges if r.name != "function" and 'extra == "train"' not in str(r.marker)]
    whole = pinned("requirements.txt")
    assert {requirement.name for requirement in served} == whole.keys()
    for requirement in served:
        assert requirement.specifier.contains(whole[requirement.name]), requirement


def test_the_lock_holds_the_default_dependencies_exactly(distribution: Distribution) -> None:
    defaults = [Requirement(line) for line in distribution.requires or ()]
    locked, whole = pinned("requirements.lock"), pinned("requirements.txt")
    for name in (requirement.name for requirement in defaults if requirement.marker is None):
        assert locked[name] == whole[name]
    heavy = {"torch", "transformers", "redis", "opentelemetry-sdk"}
    assert not [name for name in locked if name in heavy or name.startswith("nvidia")]
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert text.count("--hash=sha256:") >= len(locked) and "://" not in text


SYSTEM_LIBRARIES = {
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g",
}
OF_LIBC = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv))\.so\.\d")
IN_SLIM_IMAGES = {"libstdc++6", "libgcc-s1", "zlib1g"}
"""Debian packages that apt and Python need, so that every slim Python image has them."""


def libraries_needed() -> set[str]:
    """Return what the shared objects of the default dependencies link to outside of them."""
    needed, brought = set(), set()
    for name in pinned("requirements.lock"):
        try:
            files = distribution_of(name).files or ()
        except PackageNotFoundError:
            continue
        objects = [Path(str(file.locate())) for file in files if ".so" in Path(file).name]
        brought |= {path.name for path in objects}
        for path in objects:
            told = subprocess.run(["readelf", "-d", path], capture_output=True, text=True)
            needed |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", told.stdout))
    assert "libgomp.so.1" in needed, "readelf has found nothing"
    return needed - brought


@pytest.mark.skipif(shutil.which("readelf") is None, reason="readelf is not installed")
def test_the_image_has_every_library_that_the_wheels_link_to() -> None:
    unknown = {n for n in libraries_needed() if not OF_LIBC.fullmatch(n)} - SYSTEM_LIBRARIES.keys()
    assert not unknown
    wanted = {SYSTEM_LIBRARIES[name] for name in libraries_needed() & SYSTEM_LIBRARIES.keys()}
    _, final = (ROOT / "Dockerfile").read_text("utf-8").split("\nFROM ${BASE}\n")
    for line in re.findall(r"apt-get install (.*?)\s\\", final):
        wanted -= set(line.split())
    assert wanted <= IN_SLIM_IMAGES
    debian = (ROOT / "image" / "base").read_text("utf-8")
    assert re.search(r"^RUNS=.*\blibgomp1\b", debian, re.MULTILINE)


def test_every_file_of_the_package_is_installed() -> None:
    source, site = installed().source / "function", installed().site / "function"
    assert files_in(site) == files_in(source)


def files_in(folder: Path) -> set[str]:
    """Paths below a folder, without what Python leaves behind."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_func_yaml_is_of_todays_func(manifest: Any) -> None:
    assert set(manifest) <= {
        *("specVersion", "name", "domain", "runtime", "registry", "registryInsecure", "image"),
        *("namespace", "deployer", "created", "invoke", "build", "run", "deploy"),
    }
    assert manifest["specVersion"] == "0.36.0"
    assert isinstance(manifest["created"], datetime) and manifest["created"].tzinfo is not None
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", manifest["name"])
    assert manifest["runtime"] == "python"
    assert manifest["invoke"] == "cloudevent"
    assert manifest["build"]["builder"] in {"pack", "s2i"}


def test_func_yaml_probes_what_is_served(manifest: Any) -> None:
    assert manifest["deploy"]["healthEndpoints"] == {
        "liveness": "/health/liveness",
        "readiness": "/health/readiness",
    }


def test_func_yaml_leads_a_scrape_to_the_port_of_metrics(manifest: Any) -> None:
    given = {item["name"]: item["value"] for item in manifest["run"]["envs"]}
    annotations = manifest["deploy"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == given["TRM_SCRAPE_PORT"]
    assert annotations["prometheus.io/path"] == "/metrics"
    # Of the queue proxy in the same pod.
    assert given["TRM_SCRAPE_PORT"] not in {"8008", "8012", "8013", "8022", "9090", "9091"}


def test_func_yaml_scales_to_zero_and_not_without_end(manifest: Any) -> None:
    options = manifest["deploy"]["options"]
    scale, resources = options["scale"], options["resources"]
    assert 0 == scale["min"] < scale["max"]
    assert scale["metric"] in {"concurrency", "rps"}
    assert scale["target"] > 0
    assert isinstance(resources["limits"]["concurrency"], int)
    # More at once than there are threads would wait where nobody sees it.
    assert scale["target"] <= resources["limits"]["concurrency"] <= Settings().threads
    for amounts in resources.values():
        assert QUANTITY.fullmatch(amounts["cpu"]) and QUANTITY.fullmatch(amounts["memory"])


def test_func_yaml_sets_only_what_there_is_to_set(manifest: Any) -> None:
    given = {item["name"]: item["value"] for item in manifest["run"]["envs"]}
    assert given.keys() <= {str(field.alias) for field in Settings.model_fields.values()}
    load_settings(given)


def test_the_compose_file_sets_what_there_is_to_set_and_lets_answers_finish() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["trm"]
    given = service["environment"]
    assert given.keys() <= {str(field.alias) for field in Settings.model_fields.values()}
    settings = load_settings(given)
    stopped_after = int(service["stop_grace_period"].removesuffix("s"))
    assert settings.max_deadline_ms / 1000 < settings.grace_seconds < stopped_after
    (published,) = service["ports"]
    assert published.endswith(f":{settings.port}")
    assert f":{settings.port}/health/readiness" in service["healthcheck"]["test"][-1]
