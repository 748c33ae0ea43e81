"""``python -m function`` is the command line ``trm``."""

from __future__ import annotations

import sys

from function.cli import run

if __name__ == "__main__":
    sys.exit(run())
