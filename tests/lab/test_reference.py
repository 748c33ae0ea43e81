"""The reference page is that of today's schemas and tells every field's meaning."""

from __future__ import annotations

from pathlib import Path

from lab.reference import reference

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert page == reference(), "run `python -m lab.reference > docs/reference.md`"


def test_every_field_of_requests_and_replies_has_a_meaning() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 100 and not [row for row in rows if row.endswith("|  |")]
