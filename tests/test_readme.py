"""The documentation says what the code says."""

from __future__ import annotations

from pathlib import Path

from function.settings import settings_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_WORDS = 900


def test_the_settings_table_is_the_one_the_code_prints() -> None:
    assert settings_table() in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_the_quick_start_begins_with_the_two_commands() -> None:
    quick_start = README.split("## Quick start", 1)[1]
    first_block = quick_start.split("```sh\n", 1)[1].split("```", 1)[0]
    assert first_block.split("\n")[:2] == ["make demo", "make test"]
