"""Walks over JSON values."""

from __future__ import annotations

from function.json_tree import at, dotted, key_of, leaves, map_leaves, name_of, texts, walk, without

VALUE = {"a": [{"b": 1, "c": ["x", None]}, {"b": 2}], "d": {}, "e": "y"}


def test_a_walk_follows_the_order_of_the_document() -> None:
    assert [path for path, _ in walk(VALUE)] == [
        (),
        ("a",),
        ("a", 0),
        ("a", 0, "b"),
        ("a", 0, "c"),
        ("a", 0, "c", 0),
        ("a", 0, "c", 1),
        ("a", 1),
        ("a", 1, "b"),
        ("d",),
        ("e",),
    ]
    assert [leaf for _, leaf in leaves(VALUE)] == [1, "x", None, 2, "y"]
    assert list(texts(VALUE)) == ["x", "y"]
    assert list(walk(3)) == list(leaves(3)) == [((), 3)]


def test_a_value_of_any_depth_is_walked() -> None:
    deep: object = "end"
    for _ in range(5_000):
        deep = [deep]
    assert list(texts(deep)) == ["end"]


def test_names_of_paths() -> None:
    path = ("a", 0, "c", 1)
    assert (key_of(path), name_of(path), dotted(path)) == (None, "c", "a.c")
    assert (key_of(("a",)), key_of(()), name_of(()), dotted(())) == ("a", None, "", "")


def test_values_at_a_path_and_a_value_without_it() -> None:
    assert list(at(VALUE, "a.b")) == [1, 2]
    assert list(at(VALUE, "a.c.z")) == list(at("x", "a")) == []
    assert without(VALUE, ["a.b", "d"]) == {"a": [{"c": ["x", None]}, {}], "e": "y"}


def test_leaves_are_changed_in_a_copy() -> None:
    assert map_leaves(VALUE, str) == {
        "a": [{"b": "1", "c": ["x", "None"]}, {"b": "2"}],
        "d": {},
        "e": "y",
    }
    assert VALUE["e"] == "y"
