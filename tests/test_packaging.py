"""The repository as a distribution, and as a function that the func CLI takes."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from importlib.metadata import Distribution, distributions
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


def test_dependencies_are_those_of_requirements_txt(distribution: Distribution) -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    listed = [line.partition("#")[0].strip() for line in lines]
    expected = {str(Requirement(line)) for line in listed if line}
    assert {str(Requirement(line)) for line in distribution.requires or ()} == expected


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
