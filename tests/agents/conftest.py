"""One served function for the tests of all agents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agents.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def served() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture
def homelab(served: Cluster) -> Cluster:
    """Return the function with a model that has not been asked yet."""
    served.ollama.writes("done")
    return served
