"""What a request demands of its answer: a format, checks, rules and fields filled from facts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from function.contract.fields import FieldPath, Input, ShortText
from function.extensions import CHECKS, registered
from function.schemas.expressions import MAX_EXPRESSION, compile_expression
from function.schemas.patterns import compiled


class JsonObjectFormat(Input):
    """Ask for a JSON object that has at least the ``required`` keys."""

    type: Literal["json_object"]
    required: list[Annotated[str, Field(max_length=1_000)]] = Field(
        default_factory=list, max_length=100
    )


class JsonSchemaFormat(Input):
    """Ask for JSON that validates against ``schema`` (JSON Schema, draft 2020-12)."""

    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(validation_alias="schema", serialization_alias="schema")

    @field_validator("schema_")
    @classmethod
    def _is_a_schema(cls, value: dict[str, Any]) -> dict[str, Any]:
        # Imported here: a start without it is 40 ms shorter, and most requests bring no schema.
        from jsonschema import Draft202012Validator, FormatChecker
        from jsonschema.exceptions import SchemaError

        from function.schemas.limits import check_budget

        check_budget(value)
        try:
            # Patterns are checked above, by the package that will match them.
            Draft202012Validator.check_schema(value, format_checker=FormatChecker(()))
        except SchemaError as error:
            raise ValueError(f"no JSON Schema: {error.message[:200]}") from None
        except RecursionError:
            raise ValueError("no JSON Schema: nested too deeply") from None
        return value


ResponseFormat = Annotated[JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


class AllowedItems(Input):
    """Only items of the context may be offered, and none that its reader must not have.

    ``items`` is the dotted path of the list in the context: texts, or objects with a ``name``.
    ``fields`` are the paths in a JSON answer that name an item; null there offers nothing.
    ``avoid`` are paths in the context of words, such as allergens: an item that has one of them in
    any of its fields is not allowed.
    """

    model_config = ConfigDict(extra="forbid")

    items: str = Field(min_length=1, max_length=200)
    fields: list[FieldPath] = Field(default_factory=list, max_length=20)
    avoid: list[FieldPath] = Field(default_factory=list, max_length=20)


class Checks(Input):
    """Verifiable demands on the answer; an unknown one is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")

    must_contain: list[ShortText] = Field(default_factory=list, max_length=50)
    must_not_contain: list[ShortText] = Field(default_factory=list, max_length=50)
    regex: str | None = Field(None, min_length=1, max_length=1_000)
    max_words: int | None = Field(None, ge=1, le=8_192)
    max_sentences: int | None = Field(None, ge=1, le=1_000)
    language: Literal["de", "en", "es", "fr", "it", "pt"] | None = None
    grounded_numbers: bool = False
    grounded_names: bool = False
    free_fields: list[FieldPath] = Field(
        default_factory=list,
        max_length=50,
        description="Fields of a JSON answer, by dotted path, that the grounded checks leave out.",
    )
    copied_fields: list[FieldPath] = Field(
        default_factory=list,
        max_length=50,
        description="Fields of a JSON answer whose text must stand in the prompt or the context.",
    )
    stated_readings: list[FieldPath] = Field(
        default_factory=list,
        max_length=20,
        description="Fields of a JSON answer that must not call a reading of the context fine that "
        "is not, or bad where it is fine; lists among them state readings only.",
    )
    allowed_items: AllowedItems | None = None
    installed: list[Annotated[str, Field(min_length=1, max_length=63)]] = Field(
        default_factory=list,
        max_length=20,
        description="Checks of installed packages, by their name in the group `trm.checks`.",
    )

    @field_validator("installed")
    @classmethod
    def _are_installed(cls, value: list[str]) -> list[str]:
        for name in value:
            if name not in registered(CHECKS):
                raise ValueError("no such check is installed")
        return value

    @field_validator("regex")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            compiled(value)
        return value


class Rule(Input):
    """A demand on the answer in the Common Expression Language (CEL).

    ``expression`` is over ``answer`` (parsed JSON where JSON is asked for, else the text),
    ``context``, ``request`` (``prompt``, ``agent``, ``system``, ``messages``) and ``variables``.
    Unless it is true the check ``rule:NAME`` fails, and ``message`` is what the model is shown to
    do better.
    """

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(min_length=1, max_length=MAX_EXPRESSION)
    message: str = Field(min_length=1, max_length=300)
    name: str | None = Field(None, min_length=1, max_length=63)

    @field_validator("expression")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compile_expression(value)
        return value


WHOLE_TEXT = "answer"
"""What a fill calls an answer that is no JSON."""


class Fill(Input):
    """A part of the answer whose value follows from the facts alone.

    ``field`` is the dotted path of a field of a JSON answer, or ``answer`` for the whole of a text.
    ``value`` is a CEL expression over ``context``, ``request`` and ``variables``; ``condition``,
    another one, says whether it counts. ``when`` is ``always``, before a JSON answer is written, or
    ``failed``: in an answer that fails a check after the last reflection step, which both may refer
    to as ``answer``. What the facts do not give stays with the model; of several values for one
    field the first counts.
    """

    model_config = ConfigDict(extra="forbid")

    field: str = Field(min_length=1, max_length=200)
    when: Literal["always", "failed"] = "always"
    condition: str | None = Field(None, min_length=1, max_length=MAX_EXPRESSION)
    value: str = Field(min_length=1, max_length=MAX_EXPRESSION)

    @field_validator("condition", "value")
    @classmethod
    def _compiles(cls, value: str | None, known: ValidationInfo) -> str | None:
        if value is not None:
            compile_expression(value, of_answer=known.data.get("when") == "failed")
        return value


def _is_expression_of_facts(value: str) -> str:
    compile_expression(value, of_answer=False)
    return value


VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Variables = dict[
    VariableName,
    Annotated[
        str, Field(min_length=1, max_length=MAX_EXPRESSION), AfterValidator(_is_expression_of_facts)
    ],
]
"""CEL expressions over ``context`` and ``request``, and over those before them, by the names that
rules and fills have for their values: ``variables.NAME``."""


NO_CHECKS = Checks()
"""Shared by all requests that bring none: making one costs a fifth of reading a request."""
