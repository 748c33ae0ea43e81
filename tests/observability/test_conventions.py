"""The names are those of the version that the exports name, as its own package has them."""

from __future__ import annotations

from importlib import import_module

import pytest
from opentelemetry.semconv.schemas import Schemas

from function.observability import conventions
from function.observability.otlp_metrics import CONVENTIONAL

FAMILIES = ("error", "http", "url", "messaging", "cloudevents", "gen_ai")
NAMES = {
    name: value
    for name, value in vars(conventions).items()
    if name.isupper() and name not in {"SCHEMA_URL", "SYSTEM"}
}
METRICS = {wanted for wanted, _ in CONVENTIONAL.values()}


def test_the_version_is_the_latest_that_the_package_knows() -> None:
    assert list(Schemas)[-1].value == conventions.SCHEMA_URL


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_that_of_its_convention(name: str) -> None:
    value = NAMES[name]
    if name.startswith("TRM_"):
        assert value.startswith("trm.")
        return
    if value in METRICS:
        family = value.partition(".")[0]
        module = import_module(f"opentelemetry.semconv._incubating.metrics.{family}_metrics")
        assert getattr(module, name) == value
        return
    (family,) = [one for one in FAMILIES if name.startswith(one.upper() + "_")]
    module = import_module(f"opentelemetry.semconv._incubating.attributes.{family}_attributes")
    assert getattr(module, name) == value
