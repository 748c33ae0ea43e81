"""Core dumps, which would hold the prompts that the process works on."""

from __future__ import annotations

import resource


def forbid_core_dumps() -> None:
    """Have the system write no core file of this process and of those that it starts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
