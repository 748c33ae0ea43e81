"""The light client of the TRM function: no torch, no web framework."""

from agent_trm.client import Health, TRMClient
from agent_trm.contract import ReflectionMode, ReflectionStep, TRMRequest, TRMResponse
from agent_trm.errors import Refused, TRMError, Unavailable
from agent_trm.receiver import Receiver
from agent_trm.sync import SyncTRMClient

__all__ = [
    "Health",
    "Receiver",
    "ReflectionMode",
    "ReflectionStep",
    "Refused",
    "SyncTRMClient",
    "TRMClient",
    "TRMError",
    "TRMRequest",
    "TRMResponse",
    "Unavailable",
]
