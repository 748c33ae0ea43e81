"""What the Dockerfile leaves out is not needed."""

from __future__ import annotations

import re
from pathlib import Path

from function.backends.local.embedded import Tuning, shipped_tuning

TEXT = (Path(__file__).resolve().parents[2] / "Dockerfile").read_text("utf-8")


def test_weights_that_were_brought_need_no_adapter(tmp_path: Path) -> None:
    """The image has the checksum, by which they are verified, and no adapter."""
    assert re.search(r"rm -f \S+/adapters/\*\.safetensors$", TEXT, re.MULTILINE)
    (tmp_path / "A-tuned.sha256").write_text("00ff\n", "utf-8")
    assert shipped_tuning(tmp_path) == Tuning(tmp_path / "A-tuned.safetensors", "00ff")


def test_what_runs_is_copied_after_the_adapter_went() -> None:
    build, final = TEXT.split("\nFROM ${BASE}\n")
    assert build.rstrip().endswith("*.safetensors")
    assert "COPY --from=build /app/function /app/function" in final
    assert not re.search(r"^COPY function", final, re.MULTILINE)


def test_nothing_of_the_package_index_stays() -> None:
    final = TEXT.split("\nFROM ${BASE}\n")[1]
    for folder in ("/var/lib/apt/lists/*", "/var/cache/apt/*"):
        assert folder in final
