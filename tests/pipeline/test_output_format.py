"""The output format that is written in a prompt, as a schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from function.pipeline.output_format import read_output_format


def properties(text: str) -> dict[str, Any]:
    found = read_output_format(text)
    assert found is not None, text
    assert found.schema["required"] == list(found.schema["properties"])
    assert found.schema["additionalProperties"] is False
    named: dict[str, Any] = found.schema["properties"]
    return named


def test_a_template() -> None:
    found = properties(
        "Decide about the parcel.\nOutput JSON:\n"
        '{"action": "send|hold|return", "parcelId": "...", "weight": <number>, "count": <integer>,'
        ' "fragile": <boolean>, "days": <number or null>, "risk": 0.X, "tags": [...],'
        ' "place": {"city": "...", "street": "..."}, "ok": true|false}'
    )
    assert found["action"] == {"enum": ["send", "hold", "return"]}
    assert found["parcelId"]["type"] == "string"
    assert found["weight"] == {"type": "number"}
    assert found["count"] == {"type": "integer"}
    assert found["fragile"] == found["ok"] == {"type": "boolean"}
    assert found["days"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}
    assert found["risk"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert found["tags"]["items"]["type"] == "string"
    assert found["place"]["required"] == ["city", "street"]


def test_a_template_in_portuguese_over_lines() -> None:
    found = properties(
        "Responda em JSON:\n{\n    \"humor\": \"calmo|bravo\",\n    \"resumo\": \"Resumo curto\",\n"
        "    \"pontos\": [\"ponto 1\", \"ponto 2\"],\n    \"opções\": [\n"
        "        {\"nome\": \"técnica\", \"fala\": \"exemplo\"}\n    ]\n}"
    )  # fmt: skip
    assert found["humor"] == {"enum": ["calmo", "bravo"]}
    assert found["pontos"]["type"] == "array"
    assert found["opções"]["items"]["required"] == ["nome", "fala"]


def test_identifiers_with_an_open_end() -> None:
    found = properties(
        'Return a JSON object with:\n{"actions": ["web_search", "map_search", etc.]}'
    )
    assert found["actions"]["items"]["pattern"].startswith("^[a-z0-9]+")


def test_keys_by_name() -> None:
    found = properties(
        "1. Overall grade (Good/Fair/Poor)\n2. Trust (0-1)\n3. Short note\n\n"
        "Answer as JSON with keys: grade, trust, note, reasons and status."
    )
    assert found["grade"] == {"enum": ["Good", "Fair", "Poor"]}
    assert found["trust"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert found["note"]["type"] == "string"
    assert found["reasons"]["type"] == "array"
    assert found["status"]["type"] == "string"


def test_keys_end_with_their_sentence() -> None:
    asked = "JSON with keys: pilot, cargo_tonnes, crates. The Hilda took 40 tonnes and 9 crates."
    assert list(properties(asked)) == ["pilot", "cargo_tonnes", "crates"]
    assert {each["type"][0] for each in properties(asked).values()} == {"string"}


def test_a_key_without_a_type_is_any_scalar() -> None:
    found = properties("Answer as JSON with keys: owner, age, summary.")
    assert found["owner"]["type"] == ["string", "number", "boolean", "null"]
    assert found["summary"]["type"] == "string"


def test_a_text_that_may_be_missing_may_be_null() -> None:
    found = properties('Return {"host": "host name or null", "room": "the room, if any", "a": "b"}')
    assert found["host"]["type"] == found["room"]["type"] == ["string", "null"]
    assert found["host"]["description"] == "host name or null"
    assert found["a"]["type"] == "string"


def test_example_values_are_known() -> None:
    found = read_output_format(
        'Return {"gist": "the gist in a line", "points": ["point1", "point 2"], "tone": "warm",'
        ' "kind": "a|b", "id": "..."}'
    )
    assert found is not None
    assert found.examples == ("the gist in a line", "point1", "point 2")


def test_the_last_template_counts_and_data_before_it_are_none() -> None:
    found = properties(
        'Labels: {"pod": "web-1", "ready": true}\nWhat now?\n'
        'Output JSON: {"fix": "...", "why": "..."}'
    )
    assert list(found) == ["fix", "why"]


@pytest.mark.parametrize(
    "text",
    [
        "Which service fails?",
        'Context: {"pod": "web-1", "ready": true, "tags": ["a"]}',
        'Metrics (from Prometheus):\n{"a:b": 1.0, "c": null}',
        "{",
        "{" * 5_000,
        '{"a": ' * 5_000,
        "Use JSON format.",
        "a function f(x) { return x; }",
        "JSON with keys:",
    ],
)
def test_no_format(text: str) -> None:
    assert read_output_format(text) is None


def test_keys_end_with_their_sentence_and_the_next_ones_describe_them() -> None:
    found = read_output_format(
        "Return JSON with keys: mood, rainfall, notes. mood is one of calm, rough or stormy; "
        "rainfall is between 0 and 40."
    )
    assert found is not None and found.schema["required"] == ["mood", "rainfall", "notes"]
    properties = found.schema["properties"]
    assert properties["mood"] == {"enum": ["calm", "rough", "stormy"]}
    assert properties["rainfall"] == {"type": "number", "minimum": 0.0, "maximum": 40.0}


def test_a_json_schema_in_the_prompt() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"ship": {"type": "string"}, "berth": {"type": "integer"}},
        "required": ["ship"],
    }
    found = read_output_format(
        'For the schema {"properties": {"foo": {"type": "string"}}} an answer is {"foo": "bar"}.\n'
        f"Your output must adhere to this JSON Schema:\n```json\n{json.dumps(schema)}\n```"
    )
    assert found is not None
    assert found.schema["properties"] == schema["properties"]
    assert (found.schema["type"], found.schema["required"]) == ("object", ["ship"])
    assert "$schema" not in found.schema


@pytest.mark.parametrize(
    "text",
    [
        'Tools in this format.\nparameters: {"properties": {"port": {"type": "string"}}}',
        'Check the schema: {"properties": {"port": {"type": "no such type"}}}',
        'The ship in the format of the port: {"properties": {"port": "Faro"}}',
    ],
)
def test_what_is_no_schema_of_the_answer(text: str) -> None:
    found = read_output_format(text)
    assert found is None or "port" not in found.schema["properties"]


@pytest.mark.parametrize(
    "text",
    [
        'Respond in JSON with the key "harbours" and the value is an array of texts.',
        'Give JSON with the key "harbours" only.',
        "Responda em JSON com a chave 'harbours'.",
    ],
)
def test_one_key(text: str) -> None:
    assert properties(text)["harbours"]["type"] == "array"


def test_a_marked_value_of_any_name() -> None:
    found = properties('Respond with: {"fill": <percentage>, "where": <dock or pier>}')
    assert found["fill"] == {"type": "number"}
    assert set(found["where"]["type"]) == {"string", "number", "boolean", "null"}


def test_words_between_slashes_are_alternatives() -> None:
    found = properties(
        'JSON: {"kind": "ferry/tug/yacht", "day": "YYYY/MM/DD", "unit": "km/h", "x": "..."}'
    )
    assert found["kind"] == {"enum": ["ferry", "tug", "yacht"]}
    assert "enum" not in found["day"] and "enum" not in found["unit"]


def test_objects_to_choose_from_are_no_format() -> None:
    text = (
        'Choose a kind from the kind-to-meaning JSON below that fits best:\n{"tug": "pulls others"}'
    )
    assert read_output_format(text) is None


def test_sample_answers_in_a_list_are_examples() -> None:
    found = read_output_format(
        'Output: JSON { "name": "..." }\nExamples:\n- { "name": "Calm Harbour" },\n'
        '- { "name": "Old Pier" }'
    )
    assert found is not None
    assert found.examples == ("Calm Harbour", "Old Pier")
