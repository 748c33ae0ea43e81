"""Free JSON formats of other agents: templates in prompts, lists of keys, JSON Schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families.format_types import Types, object_schema
from lab.tuning.families.text_values import Field
from lab.tuning.families.texts import (
    Told,
    answer_of,
    enumeration,
    keyed,
    kinds,
    told,
)
from lab.tuning.pools import pool

FAMILY = "format"
UNKNOWN = ("unknown", "desconhecido")
PORTUGUESE = 0.45


def form(draw: Draw) -> Case:
    """Return a text and a format of one's own, and the text's facts in this format."""
    language: Language = "pt" if draw.chance(PORTUGUESE) else "en"
    return _Form(draw, language, told(draw, draw.one(kinds()), language)).case()


class _Form:
    """The fields that are asked for, their keys, and the forms in which they are asked for."""

    def __init__(self, draw: Draw, language: Language, source: Told) -> None:
        self.draw, self.language, self.source = draw, language, source
        self.in_portuguese = language == "pt" and draw.chance(0.65)
        self.camel = draw.chance(0.3)
        self.iso = draw.chance(0.3)
        self.fields = self._chosen()
        has_dates = any(field.type in ("date", "later") for field in self.fields)
        self.iso = self.iso and has_dates
        self.nullable = any(self._is_null(field) for field in self.fields) or draw.chance(0.15)
        self.words = pool("formats")
        self.types = Types(draw, self._key, self._labels, self._may_be_null)

    def case(self) -> Case:
        draw = self.draw
        answer = {self._key(field): self._answer(field) for field in self.fields}
        free = {self._key(field) for field in self.fields if field.type == "say"}
        equals: dict[str, Any] = {key: value for key, value in answer.items() if key not in free}
        group = None
        if len(self.fields) >= 4 and draw.chance(0.15):
            group = draw.one(self.words["groups"]["pt" if self.in_portuguese else "en"])
            inner = draw.random.sample(list(answer), 2)
            answer = {key: value for key, value in answer.items() if key not in inner} | {
                group: {key: answer[key] for key in inner}
            }
            equals = {f"{group}.{key}" if key in inner else key: v for key, v in equals.items()}
        ways: list[Callable[[dict[str, Any]], dict[str, Any]]] = [self._template] * 3
        ways += [self._schema, self._schema]
        if group is None and all(self._suits_a_list(field) for field in self.fields):
            ways += [self._keys] * 3
        data = draw.any_of(ways)(answer)
        if data.pop("texts", False):
            answer = {key: v if isinstance(v, str | list) else str(v) for key, v in answer.items()}
            equals = {key: answer[key] for key in equals}
        return Case(FAMILY, self.language, data, answer, equals=equals)

    def _chosen(self) -> list[Field]:
        """Return some fields in random order: mostly such as the text tells."""
        draw, source = self.draw, self.source
        here = [source.kind.fields[key] for key in source.values if key not in source.missing]
        absent = [
            field
            for field in source.kind.fields.values()
            if field.key in source.missing and field.type not in ("list", "objects")
        ]
        found = draw.random.sample(here, draw.integer(min(2, len(here)), min(7, len(here))))
        if absent and draw.chance(0.35):
            found += draw.random.sample(absent, draw.integer(1, min(2, len(absent))))
        return draw.shuffled(found)

    def _is_null(self, field: Field) -> bool:
        return field.key in self.source.missing

    def _may_be_null(self, field: Field) -> bool:
        return self._is_null(field) or (self.nullable and self.draw.chance(0.3))

    def _key(self, field: Field) -> str:
        return self._spelt(keyed(field, self.in_portuguese))

    def _spelt(self, key: str) -> str:
        if not self.camel:
            return key
        return re.sub(r"_(\w)", lambda part: part[1].upper(), key)

    def _answer(self, field: Field) -> Any:
        if self._is_null(field):
            return UNKNOWN[self.in_portuguese] if field.type == "enum" else None
        found = answer_of(self.source.values[field.key], field, self.in_portuguese, self.iso)
        if field.type == "objects":
            return [{self._spelt(key): value for key, value in item.items()} for item in found]
        return found

    def _labels(self, field: Field) -> list[str]:
        labels = enumeration(field, self.in_portuguese)
        return [*labels, UNKNOWN[self.in_portuguese]] if self._is_null(field) else labels

    def _suits_a_list(self, field: Field) -> bool:
        """Return whether a bare list of keys tells the type of a field."""
        if self._is_null(field) or field.type in ("bool", "objects"):
            return False
        key = self._key(field)
        plural = key.endswith("s") and not key.endswith(("ss", "us", "is"))
        if field.type == "enum":
            return key.islower()
        return plural == (field.type == "list")

    # How it is asked for

    def _keys(self, answer: dict[str, Any]) -> dict[str, Any]:
        keys = [*answer]
        wanted = self.draw.say(self.words["by_keys"][self.language], keys=", ".join(keys))
        lines = [
            self.draw.one(self.words["alternatives"][self.language]).format(
                key=self._key(field).replace("_", " "), words="/".join(self._labels(field))
            )
            for field in self.fields
            if field.type == "enum"
        ]
        return {"prompt": self._prompt("\n".join([*lines, wanted])), "texts": True}

    def _schema(self, answer: dict[str, Any]) -> dict[str, Any]:
        draw = self.draw
        by_key = {self._key(field): field for field in self.fields}
        schema = object_schema({
            key: self.types.schema(by_key[key]) if key in by_key
            else object_schema({part: self.types.schema(by_key[part]) for part in value})
            for key, value in answer.items()
        })  # fmt: skip
        data: dict[str, Any] = {
            "prompt": self._prompt(""),
            "response_format": {"type": "json_schema", "schema": schema},
        }
        if draw.chance(0.5):
            data["prompt"] = " ".join([self._ask(), *self._rules()])
            data["context"] = self._context()
        if draw.chance(0.3):
            data["system"] = draw.one(self.words["systems"][self.language])
        return data

    def _template(self, answer: dict[str, Any]) -> dict[str, Any]:
        draw = self.draw
        shape = self.types.template(answer, {self._key(field): field for field in self.fields})
        wanted = draw.one(self.words["introduce"][self.language]).replace("{form}", shape)
        if draw.chance(0.25):
            system = "\n".join([self._ask(), *self._rules(), wanted])
            label = draw.one(self.words["label"][self.language])
            prompt = f"{label}: {self._text()}" if draw.chance(0.6) else self._text()
            return {"system": system, "prompt": prompt}
        data: dict[str, Any] = {"prompt": self._prompt(wanted)}
        if draw.chance(0.25):
            data["prompt"] = "\n\n".join([" ".join([self._ask(), *self._rules()]), wanted])
            data["context"] = self._context()
        if draw.chance(0.25):
            data["system"] = draw.one(self.words["systems"][self.language])
        return data

    def _prompt(self, wanted: str) -> str:
        """Return a prompt of the instruction, the text and the format, in one of their orders."""
        draw = self.draw
        asked = " ".join([self._ask(), *self._rules()])
        label = draw.one(self.words["label"][self.language])
        text = self._text()
        match draw.integer(0, 4):
            case 0:
                parts = [asked, wanted, f"{label}: {text}"]
            case 1:
                parts = [f"{asked}\n\n{text}", wanted]
            case 2:
                parts = [f'{label}: "{text}"', asked, wanted]
            case _:
                parts = [asked, f"{label}: {text}", wanted]
        return "\n\n".join(part for part in parts if part)

    def _ask(self) -> str:
        own = self.source.kind.ask[self.language]
        general: list[str] = self.words["ask"][self.language]
        return self.draw.one(own if own and self.draw.chance(0.5) else general)

    def _rules(self) -> list[str]:
        found = []
        if self.nullable and self.draw.chance(0.6):
            found.append(self.draw.one(self.words["nulls"][self.language]))
        if self.iso:
            found.append(self.draw.one(self.words["iso"][self.language]))
        return found

    def _text(self) -> str:
        draw, text = self.draw, self.source.text
        if draw.chance(0.12):
            text = draw.one(self.words["before"][self.language]) + text
        if draw.chance(0.12):
            text += draw.one(self.words["after"][self.language])
        return text

    def _context(self) -> dict[str, Any]:
        """Return the text as a fact, or what it tells as a record of other keys."""
        draw, source = self.draw, self.source
        key = draw.one(self.words["context_key"][self.language])
        told_fields = [
            field
            for field in source.kind.fields.values()
            if field.key in source.values and field.key not in source.missing
        ]
        kinds_shown = {field.type for field in told_fields}
        if kinds_shown & {"list", "objects", "say"} or draw.chance(0.5):
            return {key: self._text()}
        in_portuguese = self.language == "pt" and draw.chance(0.8)
        rows = {
            keyed(field, in_portuguese): source.values[field.key].value
            if field.type in ("int", "count", "countf", "follows", "decimal")
            else source.values[field.key].shown
            for field in draw.shuffled(told_fields)
        }
        if draw.chance(0.3):
            rows = {re.sub(r"_(\w)", lambda part: part[1].upper(), k): v for k, v in rows.items()}
        return {key: rows} if draw.chance(0.3) else rows
