"""Puts the parts together from the settings; both adapters use the result."""

from __future__ import annotations

from collections.abc import Sequence

from function.exchange import Exchange
from function.handler import Handler
from function.models.base import Turn
from function.models.chain import Chain, Member, members_of
from function.reflection.prompts import DEFAULT_SYSTEM
from function.settings import Settings
from function.telemetry import Log


class Service:
    """The running function without its HTTP server.

    :param members: replaces the models that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        members: Sequence[Member] | None = None,
        log: Log | None = None,
    ) -> None:
        self.settings = settings
        self.log = log or Log(settings.log_level)
        probe = [Turn("system", DEFAULT_SYSTEM), Turn("user", "Say: ready.")]
        self.chain = Chain(members or members_of(settings), probe, self.log)
        self.handler = Handler(settings, self.chain, self.log)
        self.exchange = Exchange(self.handler, settings.max_body_bytes, self.log)

    def start(self) -> None:
        """Load the model in the background; events get 503 until it answers."""
        self.log.info(
            "trm_client_initialized",
            model=self.settings.model_path or self.settings.model_name,
            types=sorted(self.settings.accepted_types),
        )
        self.chain.start()

    def close(self) -> None:
        """Give everything back; no event may follow."""
        self.chain.close()
        self.log.info("trm_stopped")
