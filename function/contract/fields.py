"""What the fields of a request share: the strict base class, and types with their limits."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.alias_generators import to_camel

from function.json_tree import JsonPath, walk


def _both_spellings(name: str) -> str | AliasChoices:
    camel = to_camel(name)
    return name if camel == name else AliasChoices(name, camel)


class Input(BaseModel):
    """Strict types, so that ``"12"`` or ``true`` is never taken for a number."""

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        alias_generator=AliasGenerator(validation_alias=_both_spellings),
    )

    @model_validator(mode="before")
    @classmethod
    def _normalized(cls, data: Any) -> Any:
        """Return data without fields that are null; a subclass with more to do overrides it."""
        return without_nulls(data) if isinstance(data, dict) and None in data.values() else data


def without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value: null in a request is as good as absent."""
    return {name: value for name, value in data.items() if value is not None}


ShortText = Annotated[str, Field(max_length=2_000)]
FieldPath = Annotated[str, Field(max_length=200)]
"""The dotted name of a field."""


def _fits_an_attribute(text: str) -> str:
    # It becomes an attribute of the reply event, where control characters are not allowed.
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    return text


Name = Annotated[str, Field(min_length=1, max_length=63), AfterValidator(_fits_an_attribute)]
Label = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_fits_an_attribute)]

LONGEST_TEXT = 262_144
"""Characters of one text in the context."""
LONGEST_KEY = 1_024


def refuse_long_texts(value: Any, name: str) -> None:
    """Reject a JSON value with a text or a key over the limits, under this name in errors."""
    if not _has_long_text(value):
        return
    for path, each in walk(value):
        key = path[-1] if path else None
        if isinstance(key, str) and len(key) > LONGEST_KEY:
            where = _place(name, path[:-1])
            raise ValueError(f"{where} has a name longer than {LONGEST_KEY:,} characters")
        if isinstance(each, str) and len(each) > LONGEST_TEXT:
            raise ValueError(f"{_place(name, path)} is longer than {LONGEST_TEXT:,} characters")


def _has_long_text(value: Any) -> bool:
    # Without the paths, which only an error needs, a walk takes a third of the time.
    waiting = [value]
    for each in waiting:
        if isinstance(each, str):
            if len(each) > LONGEST_TEXT:
                return True
        elif isinstance(each, dict):
            if max(map(len, each), default=0) > LONGEST_KEY:
                return True
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return False


def _place(name: str, path: JsonPath) -> str:
    return ".".join([name, *(key[:100] for key in path if isinstance(key, str))])
