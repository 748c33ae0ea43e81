"""Every task that can be trained, by name."""

from __future__ import annotations

from function.trm.curriculum import Curriculum
from function.trm.tasks.alert_triage.curriculum import CURRICULUM as ALERT_TRIAGE
from function.trm.tasks.maze.curriculum import CURRICULA as MAZE
from function.trm.tasks.sudoku.curriculum import CURRICULA as SUDOKU

CURRICULA: dict[str, Curriculum] = {**SUDOKU, **MAZE, ALERT_TRIAGE.name: ALERT_TRIAGE}
