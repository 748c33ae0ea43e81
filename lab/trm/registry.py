"""Every task that can be trained, by name."""

from __future__ import annotations

from lab.trm.alert_triage.curriculum import CURRICULUM as ALERT_TRIAGE
from lab.trm.curriculum import Curriculum
from lab.trm.maze.curriculum import CURRICULA as MAZE
from lab.trm.sudoku.curriculum import CURRICULA as SUDOKU

CURRICULA: dict[str, Curriculum] = {**SUDOKU, **MAZE, ALERT_TRIAGE.name: ALERT_TRIAGE}
