"""The protocol of a task that the native TRM answers."""

from __future__ import annotations

from typing import Protocol

from function.contract import InferenceRequest
from function.deadline import Deadline
from function.reflection.candidates import Outcome


class NativeTask(Protocol):
    """Answers the requests of one kind; safe to call from many threads."""

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer a request; returns the network's name and what came of it.

        :raises InvalidRequest: what the request holds is nothing that this task can read.
        :raises ModelRefused: there is no network for it.
        :raises RequestExpired: the deadline passed before the first step.
        """

    def close(self) -> None:
        """Stop what is running and give back memory; no call may follow."""
