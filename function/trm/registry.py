"""The networks that requests are answered with, by name, each loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from function.threads import wait_briefly
from function.trm.errors import CheckpointError
from function.trm.names import GRID_NETWORKS, PREFIX, shipped_names, shown_name

if TYPE_CHECKING:
    from function.trm.config import NetworkConfig
    from function.trm.loading import Network
    from function.trm.runner import Device


class Networks:
    """Networks of all tasks; safe to use from many threads.

    `chosen` is the network that the settings name, without the prefix: a shipped one, a path, or
    `owner/name` on the hub, and `fields` replace those of its configuration. `halt_above` replaces
    the halting logit of every network; `threads` and `device` as for
    :func:`function.trm.runner.runner_for`.
    """

    def __init__(
        self,
        chosen: str | None = None,
        halt_above: float | None = None,
        threads: int = 0,
        fields: Mapping[str, Any] | None = None,
        device: Device = "auto",
    ) -> None:
        self._device = device
        self.chosen = chosen
        self._fields = fields or {}
        self._halt_above = halt_above
        self._threads = threads
        self._open: dict[str, Network] = {}
        self._loading = threading.Lock()

    def find(
        self,
        asked: str | None,
        fits: Callable[[NetworkConfig], bool],
        shipped: Sequence[str],
        purpose: str,
    ) -> Network:
        """Return the network to answer a request with.

        `asked` is the model that the request names; only names with the prefix `trm:` mean a
        network here, others are of text models. Next comes the one of the settings, then the first
        of `shipped` that this package has. `fits` says whether a network can serve `purpose`.
        Raises CheckpointError when the one asked for is unknown or does not fit, when the one of
        the settings cannot be loaded, or when there is none.
        """
        if asked is not None and asked.startswith(PREFIX):
            name = self._known(asked.removeprefix(PREFIX))
            if name in GRID_NETWORKS:
                raise CheckpointError(f"{asked} is not for {purpose}")
            network = self.open(name)
            if not fits(network.config):
                sizes = f"{network.config.seq_len} tokens and {network.config.vocab_size} symbols"
                raise CheckpointError(f"{asked} is a network of {sizes}: not for {purpose}")
            return network
        if self.chosen is not None and self.chosen not in GRID_NETWORKS:
            network = self.open(self.chosen)
            if fits(network.config):
                return network
        for name in shipped:
            if name in shipped_names():
                return self.open(name)
        raise CheckpointError(f"no network here is for {purpose}")

    def find_other(
        self, asked: str | None, fits: Callable[[NetworkConfig], bool], own: str, purpose: str
    ) -> Network | None:
        """Return the network that a request or the settings prefer to the shipped grid network.

        `own` is that grid network's name; None means it is to be used. Raises CheckpointError as
        :meth:`find` does.
        """
        if asked == PREFIX + own:
            return None
        if asked is not None and asked.startswith(PREFIX):
            return self.find(asked, fits, [], purpose)
        if self.chosen is None or self.chosen in GRID_NETWORKS:
            return None
        chosen = self.open(self.chosen)
        return chosen if fits(chosen.config) else None

    def warm(self, name: str) -> None:
        """Load the network of this name and take a step. Raises CheckpointError."""
        if name in GRID_NETWORKS and name in shipped_names():
            wait_briefly()
            from function.trm.grid_checkpoint import load_grid_network

            load_grid_network(name)
        else:
            self.open(name).warm()

    def open(self, name: str) -> Network:
        """Return the network of this name, loaded when it is not yet. Raises CheckpointError."""
        wait_briefly()
        from function.trm.loading import open_network

        with self._loading:
            if name not in self._open:
                fields = self._fields if name == self.chosen else {}
                self._open[name] = open_network(
                    name, self._halt_above, self._threads, fields, self._device
                )
            return self._open[name]

    @property
    def opened_choice(self) -> Network | None:
        """The network of the settings, None where it is not loaded."""
        return self._open.get(self.chosen) if self.chosen is not None else None

    def close(self) -> None:
        """Stop every engine; no call may follow."""
        with self._loading:
            for network in self._open.values():
                network.engine.close()
            self._open.clear()

    def _known(self, name: str) -> str:
        # A request must not make this process read any file or fetch any repository it names.
        known = {each: each for each in shipped_names()}
        if self.chosen:
            known.setdefault(shown_name(self.chosen), self.chosen)
        if name == self.chosen or name in known:
            return known.get(name, name)
        offered = ", ".join(PREFIX + each for each in known)
        raise CheckpointError(f"there is no network {PREFIX}{name} here, but {offered}")
