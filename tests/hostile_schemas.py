"""JSON Schemas that a sender may write: those that cost too much, the odd ones and real ones."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AnyUrl, BaseModel, Field

Schema = dict[str, Any]
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
DECIMAL: Schema = {"type": "string", "pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}
"""What pydantic wrote for a Decimal."""


def closed(properties: dict[str, Any]) -> Schema:
    """Return an object that has exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def fan(levels: int, keyword: str = "allOf") -> Schema:
    """Return references that fan out: 2^levels paths to the last definition."""
    definitions: Schema = {
        f"d{level}": {keyword: [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    definitions[f"d{levels}"] = {"type": "string", "maxLength": 5}
    return {"$ref": "#/$defs/d0", "$defs": definitions}


def nested(levels: int, leaf: Schema = INTEGER) -> Schema:
    """Objects inside each other."""
    for _ in range(levels):
        leaf = closed({"a": leaf})
    return leaf


def over_budget() -> dict[str, Schema]:
    """Schemas that must be refused, by what they have too much of."""
    found: dict[str, Schema] = {}
    for keyword in ("minItems", "maxItems"):
        for count in (10_001, 1_000_000, 10**9, 10**300, 1e300):
            found[f"{keyword} {count:.0e}"] = {"type": "array", "items": INTEGER, keyword: count}
        found[f"{keyword} in a list"] = {"type": "array", "prefixItems": [{keyword: 10**7}]}
        found[f"{keyword} in all"] = closed(
            {f"p{n}": {"type": "array", "items": INTEGER, keyword: 9_000} for n in range(3)}
        )
    for keyword in ("minContains", "maxContains"):
        found[keyword] = {"type": "array", "contains": INTEGER, keyword: 10**8}
    for keyword in ("minLength", "maxLength"):
        found[keyword] = {"type": "string", keyword: 10**7}
        found[f"{keyword} of a name"] = {"propertyNames": {keyword: 10**12}}
    for keyword in ("minProperties", "maxProperties"):
        found[keyword] = {"type": "object", keyword: 10**7}
    found["many items by references"] = {
        "$defs": {"list": {"type": "array", "items": INTEGER, "maxItems": 5_000}},
        **closed({f"p{n}": {"$ref": "#/$defs/list"} for n in range(20)}),
    }
    for step in (10_001, 99_999_989, 1e300):
        found[f"multipleOf {step}"] = {"type": "integer", "multipleOf": step}
    for keyword in ("allOf", "anyOf", "oneOf"):
        found[f"fan of {keyword}"] = fan(14, keyword)
        found[f"long fan of {keyword}"] = fan(40, keyword)
    found["fan of properties"] = {
        "$ref": "#/$defs/d0",
        "$defs": {
            f"d{n}": closed({name: {"$ref": f"#/$defs/d{n + 1}"} for name in "ab"})
            for n in range(30)
        },
    }
    found["fan outside of $defs"] = {
        "$ref": "#/components/d0",
        "components": {
            f"d{n}": {"anyOf": [{"$ref": f"#/components/d{n + 1}"}] * 3} for n in range(12)
        },
    }
    found["count outside of $defs"] = {
        "$ref": "#/components/a~1b",
        "components": {"a/b": {"type": "array", "maxItems": 10**9}},
    }
    found["chain of references"] = {
        "$ref": "#/$defs/d0",
        "$defs": {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(500)},
    }
    found["objects inside each other"] = nested(90)
    found["lists inside each other"] = {"items": {"items": nested(70)}}
    found["negations inside each other"] = _negated(80)
    found["subschemas"] = closed({f"p{n}": STRING for n in range(2_001)})
    found["branches"] = {"anyOf": [{"minimum": n} for n in range(2_001)]}
    found["bytes"] = {"description": "x" * 200_000}
    found["text of an enum"] = {"enum": ["x" * 9_000]}
    found["text of a const"] = {"const": {"a": ["x" * 9_000]}}
    found["texts of an enum"] = {"enum": ["x" * 8_000 + str(n) for n in range(9)]}
    found["values of an enum"] = {"enum": [f"value {n:08}" for n in range(6_000)]}
    found["name of a property"] = closed({"x" * 5_000: INTEGER})
    found["required name"] = {"type": "object", "required": ["x" * 5_000]}
    for pattern in (
        *("a{99999999999999999999}", "(a{1000}){1000}", "((a{1,99}b){1,99}c){1,99}", "a{0,99999}"),
        *("[" * 400, "x" * 501, "(?R)a", "(a(?1)?b)", "(?P<a>x(?&a)?)"),
    ):
        found[f"pattern {pattern[:20]}"] = {"type": "string", "pattern": pattern}
        found[f"patternProperties {pattern[:20]}"] = {"patternProperties": {pattern: INTEGER}}
    found["patterns"] = closed(
        {f"p{n}": {"type": "string", "pattern": f"^{n:03}{'x' * 450}$"} for n in range(20)}
    )
    return found


def _negated(levels: int) -> Schema:
    schema: Schema = INTEGER
    for _ in range(levels):
        schema = {"not": schema}
    return schema


def odd() -> dict[str, Schema]:
    """Schemas within the budget that are hard on a validator or on an engine."""
    patterns = (
        *(
            "^(a|aa)+$",
            "^(a+)+$",
            "(?=x)y",
            r"\bword\b",
            r"^(\w+)\s\1$",
            r"\Aend\Z",
            r"^\p{Lu}{2}$",
        ),
        *("^.*a.{900}$", "^([ab]*a[ab]{200}|[ab]*b[ab]{201})$", "(?i)ß", "a{0,5000}", "", "[^\\s]"),
        "(" * 240 + ")" * 240,
    )
    found: dict[str, Schema] = {
        f"pattern {pattern}": closed({"a": {"type": "string", "pattern": pattern}})
        for pattern in patterns
    }
    for name in (
        "uri",
        "uri-reference",
        "iri",
        "regex",
        "json-pointer",
        "binary",
        "int64",
        "email",
    ):
        found[f"format {name}"] = closed({"a": {"type": "string", "format": name}})
    text_and_rule: dict[str, Schema] = {
        "not": {"not": {"const": "x"}},
        "if": {"if": {"minLength": 3}, "then": {"maxLength": 9}, "else": {"minLength": 1}},
        "enum": {"enum": ["x", "y", "x"]},
        "contentMediaType": {"contentMediaType": "application/json"},
        "unknown": {"x-order": 3, "nullable": True, "example": {"minItems": 10**9}},
    }
    for name, rule in text_and_rule.items():
        found[f"text with {name}"] = closed({"a": {"type": "string", **rule}})
    both = {"a": STRING, "b": INTEGER}
    of_object: dict[str, dict[str, Any]] = {
        "dependentRequired": {"dependentRequired": {"a": ["b"]}},
        "dependentSchemas": {"dependentSchemas": {"a": {"required": ["b"]}}},
        "propertyNames": {"propertyNames": {"pattern": "^[a-z]$"}},
        "unevaluatedProperties": {"unevaluatedProperties": False},
        "minProperties": {"minProperties": 1, "maxProperties": 2},
        "patternProperties": {"patternProperties": {"^a": STRING, "^ab": STRING}},
    }
    for name, rule in of_object.items():
        found[f"object with {name}"] = {"type": "object", "properties": both, **rule}
    of_list: dict[str, dict[str, Any]] = {
        "uniqueItems": {"uniqueItems": True},
        "contains": {"contains": {"const": 1}, "minContains": 1},
        "unevaluatedItems": {"prefixItems": [INTEGER], "unevaluatedItems": False},
        "items as false": {"items": False},
    }
    for name, rule in of_list.items():
        found[f"list with {name}"] = {"type": "array", "items": INTEGER, **rule}
    found["oneOf that overlap"] = {"oneOf": [INTEGER, {"type": "number"}]}
    found["oneOf without a mark"] = {"oneOf": [closed({"a": STRING}), closed({"b": STRING})]}
    found["many in allOf"] = {
        "type": "string",
        "allOf": [{"pattern": f"a{{{n}}}"} for n in range(1, 60)],
    }
    found["multiples in allOf"] = {
        "type": "integer",
        "allOf": [{"multipleOf": n} for n in (9_973, 9_967, 9_949)],
    }
    found["multiples by references"] = {
        "type": "integer",
        "$ref": "#/$defs/a",
        "multipleOf": 9_973,
        "$defs": {"a": {"multipleOf": 9_967, "allOf": [{"multipleOf": 9_949}]}},
    }
    found["multiples in properties"] = closed(
        {f"p{n}": {"type": "integer", "multipleOf": 9_001 + n} for n in range(200)}
    )
    found["multiples of fractions"] = closed(
        {"a": {"type": "number", "multipleOf": 9_999.9999}, "b": {"multipleOf": 1e-300}}
    )
    found["choices to the power"] = {
        "allOf": [
            {"anyOf": [{"type": "object", "properties": {f"p{n}_{m}": INTEGER}} for m in range(10)]}
            for n in range(8)
        ]
    }
    for count in (2, 10, 40):
        found[f"choices in {count} properties"] = closed(
            {
                f"q{k}": {
                    "allOf": [
                        {"anyOf": [{"properties": {f"p{k}{n}{m}": INTEGER}} for m in range(9)]}
                        for n in range(3)
                    ]
                }
                for k in range(count)
            }
        )
    for low, high in (
        (-(2**63), 2**63 - 1),
        (-1e308, 1e308),
        (5, 3),
        (10**300, 10**301),
        (0.1, 0.2),
    ):
        for kind in ("integer", "number"):
            found[f"{kind} from {low:.3g} to {high:.3g}"] = closed(
                {"a": {"type": kind, "minimum": low, "maximum": high}}
            )
    references: dict[str, dict[str, Any]] = {
        "to itself": {"$ref": "#"},
        "to each other": {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
        },
        "to nothing": {"$ref": "#/$defs/nowhere"},
        "to another host": {"$ref": "http://127.0.0.1:9/schema.json"},
        "in allOf": {
            "$ref": "#/$defs/t",
            "$defs": {
                "t": {
                    "type": "object",
                    "allOf": [{"properties": {"a": {"$ref": "#/$defs/t"}}} for _ in range(4)],
                }
            },
        },
        "that fan out": fan(11),
    }
    for name, schema in references.items():
        found[f"reference {name}"] = schema
    found["many optional properties"] = {
        "type": "object",
        "properties": {f"p{n}": STRING for n in range(900)},
        "additionalProperties": False,
    }
    found["long lists in each other"] = {
        "type": "array",
        "maxItems": 9_000,
        "items": {"type": "array", "maxItems": 9_000, "items": INTEGER},
    }
    found["a long enum"] = {"enum": [f"value {n}" for n in range(4_000)]}
    found["long texts"] = closed(
        {f"p{n}": {"type": "string", "maxLength": 100_000 - n} for n in range(100)}
    )
    found["a decimal"] = closed({"price": {"anyOf": [{"type": "number"}, DECIMAL]}})
    found["anything"] = {}
    found["nothing"] = {"not": {}}
    return found


class Severity(str, Enum):
    """How bad it is."""

    LOW = "low"
    HIGH = "high"


class Item(BaseModel):
    """One line of an order."""

    sku: str = Field(pattern=r"^[A-Z]{2}-\d{4,8}$")
    price: Decimal
    tags: set[str] = set()
    count: Annotated[int, Field(ge=1, le=2**63 - 1)]
    page: AnyUrl | None = None


class Node(BaseModel):
    """A tree."""

    name: str = Field(min_length=1, max_length=200)
    children: list[Node] = []


class Cat(BaseModel):
    """One kind of animal."""

    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    """Another kind of animal."""

    kind: Literal["dog"]
    tricks: list[str]


class Report(BaseModel):
    """Everything that pydantic writes in schemas."""

    id: UUID
    when: datetime
    day: date | None = None
    severity: Severity
    items: list[Item] = Field(max_length=1_000)
    tree: Node
    animal: Annotated[Cat | Dog, Field(discriminator="kind")]
    scores: dict[str, float] = {}
    pair: tuple[int, str]


def real() -> dict[str, Schema]:
    """Schemas as programs write them; all of them must be accepted."""
    resource: Schema = {
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"type": "string", "pattern": r"^[a-z0-9.]+/v[0-9]+(alpha|beta)?[0-9]*$"},
            "kind": {"enum": ["Deployment", "Service"]},
            "metadata": {"$ref": "#/$defs/meta"},
            "containers": {"type": "array", "items": {"$ref": "#/$defs/container"}, "maxItems": 64},
        },
    }
    name = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", "maxLength": 63}
    definitions = {
        "meta": closed(
            {"name": name, "labels": {"type": "object", "additionalProperties": STRING}}
        ),
        "container": {
            "type": "object",
            "properties": {
                "name": name,
                "port": {"type": "integer", "minimum": 1, "maximum": 65_535},
                "cpu": {"type": "number", "multipleOf": 0.001},
                "env": {"type": "array", "items": closed({"name": name, "value": STRING})},
            },
        },
    }
    return {
        "pydantic": Report.model_json_schema(),
        "resources": {**resource, "$defs": definitions},
        "two hundred fields": closed(
            {
                f"group{n}": closed({f"field{m}": STRING if m % 2 else INTEGER for m in range(10)})
                for n in range(20)
            }
        ),
        "many uses of a definition": {
            "$defs": definitions,
            **closed({f"c{n}": {"$ref": "#/$defs/container"} for n in range(100)}),
        },
    }
