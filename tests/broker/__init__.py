"""A broker that plays Knative's, as far as its specification and its wire show, in one process."""

from tests.broker.broker import Broker
from tests.broker.event import Event
from tests.broker.triggers import Trigger, triggers_of

__all__ = ["Broker", "Event", "Trigger", "triggers_of"]
