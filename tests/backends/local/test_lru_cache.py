"""What is remembered, and what is forgotten first."""

from __future__ import annotations

from function.backends.lru_cache import Memory


def test_what_was_put_comes_back() -> None:
    memory: Memory[str, int] = Memory(2)
    assert memory.get("a") is None
    memory.put("a", 1)
    memory.put("a", 2)
    assert memory.get("a") == 2


def test_what_nobody_asked_for_goes_first() -> None:
    memory: Memory[str, int] = Memory(2)
    memory.put("a", 1)
    memory.put("b", 2)
    memory.get("a")
    memory.put("c", 3)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]
