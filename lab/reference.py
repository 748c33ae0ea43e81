"""Writes the reference of requests and replies: ``python -m lab.reference > docs/reference.md``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from function.events.types import schemas

PARTS = {
    "request": "The data of a request event.",
    "completed": "The data of a reply that answers.",
    "failed": "The data of a reply that says what is wrong with the request.",
    "step": "The data of a step event.",
}
MEANINGS = {
    "prompt": "The question.", "messages": "A chat history; the last message is the question.",
    "system": "Instructions that the model follows.",
    "agent": "The agent whose profile fills in what is left open.",
    "task": "The kind of work; by default what the other fields say.",
    "context": "Facts, shown to the model as data.", "choices": "The permitted answers.",
    "response_format": "The form of a JSON answer.", "rules": "Demands as expressions.",
    "variables": "Expressions by the names that others use.",
    "fill": "Values of fields as expressions.", "checks": "Demands on the answer, or results.",
    "max_reflection_steps": "How often an answer may be revised.",
    "reflection_mode": "When it is revised.", "temperature": "How freely a draft is written.",
    "max_tokens": "The longest answer.", "samples": "Drafts that are compared.",
    "seed": "Where random draws begin.", "confidence_threshold": "Where revising stops.",
    "min_improvement": "What a revision must gain.", "deadline_ms": "Milliseconds for the answer.",
    "model": "One model by name.", "emit_steps": "Whether each step becomes an event.",
    "conversation_id": "Given back in the reply.", "puzzle": "A sudoku, a maze or an ARC task.",
    "answer": "The answer as text.", "data": "The answer as a JSON value.",
    "choice": "The choice made.", "reflection_steps": "Steps taken.",
    "confidence": "Probability that the answer is right, where it is calibrated.",
    "confidence_method": "Where the confidence comes from.", "error": "What is wrong.",
    "calibrated": "Whether the confidence was fitted to outcomes.", "backend": "What ran it.",
    "reflection_trace": "Each step.", "trace_shortened": "Whether the trace was cut to fit.",
    "stop_reason": "Why revising stopped.", "duration_ms": "Milliseconds of work.",
    "tokens_used": "Tokens read and written.", "usage": "Tokens by kind.",
    "model_name": "The model that answered.", "step": "The number of the step, from 1.",
    "fallback_reason": "Why an earlier backend did not answer.",
    "attempts": "What each backend did.", "request_id": "`id` of the request.",
    "request_source": "`source` of the request.", "request_type": "`type` of the request.",
    "initial_answer": "The answer before the step.", "refined_answer": "The answer after it.",
    "reflection": "What was found wrong.", "accepted": "Whether the revision was kept.",
    "improvement_score": "What the step gained.",
    "refused_because": "Why the revision was not kept.",
    "failed_checks": "Checks that the answer before the step failed.",
    "must_contain": "Texts that the answer holds, in any case of letters.",
    "must_not_contain": "Texts that it does not hold.",
    "regex": "A regular expression that is found in it.",
    "max_words": "How many words it may have.", "max_sentences": "How many sentences.",
    "language": "The language it is written in.",
    "grounded_numbers": "Whether every number has to stand in the question or the context.",
    "grounded_names": "Whether every name has to stand there.",
    "allowed_items": "Items of the context that alone may be offered.",
    "AllowedItems.items": "Path of the list in the context: texts, or objects with a `name`.",
    "AllowedItems.fields": "Paths in a JSON answer that name an item.",
    "AllowedItems.avoid": "Paths in the context of words that an offered item must not have.",
    "Choice.name": "The answer.", "Choice.description": "What it means, for the model.",
    "Choice.abstain": "Whether it is taken where no other is likely enough.",
    "Fill.field": "Dotted path in the JSON answer; `answer` for the whole of a text.",
    "Fill.when": "Before the answer is written, or where it still fails a check.",
    "Fill.condition": "Whether the value counts, in the Common Expression Language.",
    "value": "Its value, in the Common Expression Language.",
    "JsonObjectFormat.type": "A JSON object with any fields.",
    "required": "Fields that the object has.",
    "JsonSchemaFormat.type": "JSON by a schema.", "schema": "A JSON Schema.",
    "role": "Who wrote the message.", "content": "Its text.",
    "expression": "True where the answer is right, in the Common Expression Language.",
    "Rule.message": "What the model reads where it is not.",
    "Rule.name": "The check is called `rule:NAME`.",
    "label": "The backend.", "outcome": "What became of its try.",
    "CheckResult.name": "The check.", "passed": "Whether the answer passed it.",
    "reason": "Why not.", "Usage.prompt": "Tokens read.", "completion": "Tokens written.",
    "cached": "Of those read, how many were cached.",
    "code": "One word for programs.", "ErrorBody.message": "One line for people.",
    "retryable": "Whether the same request may succeed later.", "fields": "Which fields are wrong.",
    "ErrorField.field": "Its dotted path.", "problem": "What is wrong with it.",
}  # fmt: skip
"""Of fields whose schema has no description, by ``PART.FIELD`` where a name has several."""
LIMITS = {
    "minimum": "from {}", "maximum": "to {}", "minLength": "at least {} characters",
    "maxLength": "at most {} characters", "minItems": "at least {}", "maxItems": "at most {}",
}  # fmt: skip


def reference() -> str:
    """Return the page."""
    page = ["# Reference", "", "Every field of requests and replies, made from their schemas."]
    for name, text in PARTS.items():
        schema = schemas()[name]
        page += ["", f"## {name}", "", text, "", *_table(schema)]
        for part, inner in sorted(schema.get("$defs", {}).items()):
            if "properties" in inner:
                page += ["", f"### {part} ({name})", "", *_table(inner, part)]
    return "\n".join(page) + "\n"


def _table(schema: Mapping[str, Any], part: str = "") -> list[str]:
    required = schema.get("required", ())
    lines = ["| field | type | default | range | meaning |", "|---|---|---|---|---|"]
    for name, field in schema["properties"].items():
        default = "required" if name in required else f"`{json.dumps(field.get('default'))}`"
        known = MEANINGS.get(f"{part}.{name}") or MEANINGS.get(name, "")
        meaning = field.get("description") or known
        cells = (f"`{name}`", _type(field), default, _range(field), " ".join(meaning.split()))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field or "oneOf" in field:
        return " or ".join(_type(each) for each in field.get("anyOf", field.get("oneOf")))
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    return str(field.get("type", "any"))


def _range(field: Mapping[str, Any]) -> str:
    kinds = [field, *field.get("anyOf", ())]
    return ", ".join(
        text.format(each[key]) for each in kinds for key, text in LIMITS.items() if key in each
    )


if __name__ == "__main__":
    print(reference(), end="")
