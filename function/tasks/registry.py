"""Every native task by its kind: supervision steps of the TRM are the reflection steps."""

from __future__ import annotations

import threading
from collections.abc import Callable

from function.contract import InferenceRequest, Task
from function.deadline import Deadline
from function.reflection.answer import Outcome
from function.tasks.base import NativeTask
from function.trm.registry import Networks
from function.trm.text_networks import reads_bytes

BACKEND = "trm"


class NativeTasks:
    """Adapters by kind of task, each made when the first request of its kind comes.

    Making one is cheap: its networks, and torch with them, are loaded by the first request that
    needs them, because they cost more memory and time than the embedded model itself.
    """

    def __init__(self, networks: Networks) -> None:
        self.has_choice = networks.chosen is not None
        """Whether the settings name a network, which may read text."""
        self._networks = networks
        self._tasks: dict[Task, NativeTask] = {}
        self._making = threading.Lock()

    def serves_text(self) -> bool:
        """Return whether the network of the settings is loaded and reads text."""
        network = self._networks.opened_choice
        return network is not None and reads_bytes(network.config)

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Answer a request of a kind served here; see :meth:`NativeTask.run`."""
        return self._task(request.kind).run(request, deadline)

    def close(self) -> None:
        """Close every task; no call may follow."""
        with self._making:
            for task in self._tasks.values():
                task.close()
            self._tasks.clear()

    def _task(self, kind: Task) -> NativeTask:
        with self._making:
            if kind not in self._tasks:
                self._tasks[kind] = _ADAPTERS[kind](self._networks)
            return self._tasks[kind]


def _sudoku(networks: Networks) -> NativeTask:
    from function.tasks.sudoku import SudokuTask

    return SudokuTask(networks)


def _maze(networks: Networks) -> NativeTask:
    from function.tasks.maze import MazeTask

    return MazeTask(networks)


def _arc(networks: Networks) -> NativeTask:
    from function.tasks.arc import ArcTask

    return ArcTask(networks)


def _alert_triage(networks: Networks) -> NativeTask:
    from function.tasks.alert_triage import AlertTriageTask

    return AlertTriageTask(networks)


def _text(networks: Networks) -> NativeTask:
    from function.tasks.text import TextTask

    return TextTask(networks)


_ADAPTERS: dict[Task, Callable[[Networks], NativeTask]] = {
    "sudoku": _sudoku,
    "maze": _maze,
    "arc": _arc,
    "alert_triage": _alert_triage,
    "text": _text,
}
NATIVE_KINDS = _ADAPTERS.keys() - {"text"}
"""Kinds of tasks that a text model never answers."""
