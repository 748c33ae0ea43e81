"""Triggers that deliver the replies of its requests to an agent."""

from __future__ import annotations

import re

OUTCOMES = ("completed", "failed")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?")
_TRIGGER = """\
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: {name}-{outcome}
spec:
  broker: {broker}
  filter:
    attributes:
      type: io.homelab.trm.inference.{outcome}
      agent: {name}
  subscriber:
    ref:
      apiVersion: serving.knative.dev/v1
      kind: Service
      name: {name}
    uri: {path}
"""


def triggers(name: str, broker: str = "agents", path: str = "/replies") -> str:
    """Return the manifests of an agent, whose Knative Service has its name.

    :raises ValueError: the name is not one of a Service, or too long for one of a Trigger.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("an agent's name is 1 to 53 of a-z, 0-9 and -, and begins with no -")
    filled = (
        _TRIGGER.format(name=name, outcome=outcome, broker=broker, path=path)
        for outcome in OUTCOMES
    )
    return "---\n".join(filled)
