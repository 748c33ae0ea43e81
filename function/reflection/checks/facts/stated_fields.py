"""Fields of a JSON answer whose values the facts decide: those of one record, or of their name.

*Which free room is cheapest?* with the fields ``room`` and ``price``: those of that room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from function.contract import InferenceRequest, JsonSchemaFormat
from function.json_tree import is_number, leaves
from function.reflection.checks.facts.decided import MOST_CHOICES, decided_option
from function.reflection.checks.facts.expected import says_words
from function.reflection.checks.facts.parsed_text import ParsedText
from function.reflection.checks.facts.question import LONGEST, Question
from function.reflection.checks.facts.records.lookup import identified, lists_of
from function.reflection.checks.facts.records.matching import records_that_meet
from function.reflection.checks.facts.records.query import expected_of_records
from function.reflection.checks.facts.tables import naming_key, record_tables_of
from function.reflection.checks.facts.texts.fields import fields_of_text, kinds_of
from function.reflection.checks.facts.vocabulary import WORD, are_forms, words_of_name
from function.reflection.checks.json_schema import schema_problem
from function.reflection.checks.numbers import one_meaning, only_quantity, quantities
from function.reflection.checks.stated_numbers import mentions
from function.reflection.prompt.facts import Fact, facts_of
from function.reflection.prompt.orders_to_model import overrules
from function.reflection.text.source_text import is_written, parted
from function.reflection.text.words import fold

MOST_LEAVES = 400
"""Facts beyond which nothing is decided, so that the check is cheap."""
LONGEST_PROMPT = 4_000
"""Characters of a prompt beyond which it is not taken apart into what it asks and a text."""
LONGEST_TEXT = 1_000
"""Characters of a fact in which numbers are looked for."""
_CHANGES = re.compile(
    r"\b(?:set|sets|chang\w+|updat\w+|new|should|rais\w+|lower\w*|mark|assign\w*|suggest\w*|"
    r"propos\w+|convert\w*|translat\w+|round\w*|defin\w+|nov[oa]|mud\w+|alter\w+|atualiz\w+|"
    r"deve\w*|marque|atribu\w+|sugir\w+|sugest\w+|propon\w+|convert\w+|traduz\w+|arredond\w+|"
    r"not|nao|except|exceto|if|se)\b"
)
"""Words of questions whose answer may have other values than the facts."""
_DENIES = re.compile(r"\b(?:not|no|nao|never|nunca)\b|n['’]t\b")
_FORM = re.compile(r"(?:\b(?:as|in|into|to|a|the|em|como|no|o|um) )*\bjson\b", re.I)
"""Words of a question that name the form of the answer, not what it is about."""
_ALTERS = re.compile(
    r"\b(?:chang\w+|updat\w+|convert\w*|translat\w+|round\w*|rewrit\w+|invent\w*|mud\w+|alter\w+|"
    r"atualiz\w+|convert\w+|traduz\w+|arredond\w+|reescrev\w+|invent\w+)\b"
)
"""Words of questions whose answer has other values than the text that it is about."""
_SPELLED = re.compile(
    r"\{.*\}|\bjson\b[^\n.:]{0,60}?\b(?:keys|fields|chaves|campos|properties)\b[^\n:]{0,20}:[^\n]*?"
    r"(?=\.\s|\.?$|\n)",
    re.I | re.S,
)
"""A form of the answer that is spelled out."""
FEWEST_WORDS = 3
"""Words of a fact from which it is a text that values are read from."""
MOST_TEXTS = 4
MOST_MORE = 2
"""Words that the answer may say beside a value: an article, a title, a unit."""


class _Records(NamedTuple):
    """A list of records whose fields the answer has.

    ``fields`` are those of the records by those of the answer, ``key`` is the field of the answer
    that names a record, ``table`` the name of the list.
    """

    records: Sequence[Mapping[str, Any]]
    fields: Mapping[str, str]
    key: str
    table: str

    def values_of(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a record by the fields of the answer."""
        return {name: record[field] for name, field in self.fields.items() if field in record}


@dataclass(frozen=True)
class StatedFields:
    """Knows which fields of an answer have one right value.

    :param properties: the schemas of the answer's fields.
    :param fixed: values that are right whatever the rest of the answer says.
    :param numbers: whether those of a record are: one of the question may be the answer's.
    :param portuguese: whether numbers are written as in Portuguese.
    """

    properties: Mapping[str, Any]
    fixed: Mapping[str, Any]
    records: _Records | None
    numbers: bool
    portuguese: bool
    check: ClassVar[str] = "stated_fields"

    def values(self, tree: Any) -> dict[str, Any]:
        """Return the values that fields of an answer must have, those of its own record included.

        :param tree: the answer; what is no object has no record.
        """
        own = _fitting(self.properties, self._of_own_record(tree), portuguese=self.portuguese)
        kept = {name: value for name, value in own.items() if self.numbers or not is_number(value)}
        return {**kept, **self.fixed}

    def _of_own_record(self, tree: Any) -> dict[str, Any]:
        if self.records is None or not isinstance(tree, dict):
            return {}
        name = fold(str(tree.get(self.records.key)))
        key = self.records.fields[self.records.key]
        own = [one for one in self.records.records if fold(str(one.get(key))) == name]
        return self.records.values_of(own[0]) if len(own) == 1 else {}

    def problem(self, tree: Any) -> str:
        """Return which fields of an answer differ from the facts, or an empty text."""
        if not isinstance(tree, dict):
            return ""
        wrong = {
            name: value
            for name, value in self.values(tree).items()
            if name in tree and not _is_same(name, tree[name], value)
        }
        if not wrong:
            return ""
        shown = (f"{name} is {json.dumps(wrong[name], ensure_ascii=False)}" for name in wrong)
        return f"by the facts {' and '.join(shown)}"


def stated_fields(request: InferenceRequest) -> StatedFields | None:
    """Return what the facts decide of a JSON answer, None where that is nothing.

    A profile that fills fields in knows better, and so does a conversation. A question that speaks
    of a change may want other values.
    """
    wanted = request.response_format
    known = wanted.schema_.get("properties") if isinstance(wanted, JsonSchemaFormat) else None
    if not isinstance(known, dict) or request.history or len(request.question) > LONGEST_PROMPT:
        return None
    if not known.keys().isdisjoint(fill.field.partition(".")[0] for fill in request.fill):
        return None
    asked, source = _parted(request)
    question = Question(_FORM.sub("", asked))
    if len(question.text) > LONGEST:
        return None
    if len(list(islice(leaves(request.context), MOST_LEAVES + 1))) > MOST_LEAVES:
        return None
    properties = {name: inner for name, inner in known.items() if isinstance(inner, dict)}
    fixed: dict[str, Any] = {}
    records = None
    if not _ALTERS.search(question.folded) and (texts := _texts(request.context, source)):
        fixed = fields_of_text(properties, texts, portuguese=question.is_portuguese)
        if any(str(value) not in texts[0] for _, value in leaves(request.context)):
            # What no sentence has may stand in another field.
            fixed = {name: value for name, value in fixed.items() if value is not None}
    ruled = Question(f"{asked}\n{source}" if source else asked)
    fixed |= _of_rules(properties, ruled, request.system or "", facts_of(request.context))
    if request.context and _DENIES.search(question.folded):
        fixed |= _of_chosen_fact(question, request.context, properties, fixed)
    if request.context and not _CHANGES.search(question.folded):
        records = _most_alike(_lists(request.context, properties))
        numbers = not mentions(question.text)
        named = _of_names(request.context, properties)
        if records is not None:
            met = records_that_meet(question, records.table, records.records)
            named |= _of_asked_record(question, request.context, records, met)
            numbers = numbers or met is not None  # those of the question are in its conditions
        named = _fitting(properties, named, portuguese=question.is_portuguese)
        fixed |= {key: value for key, value in named.items() if numbers or not is_number(value)}
    if not fixed and records is None:
        return None
    return StatedFields(
        properties,
        fixed,
        records,
        numbers=not mentions(question.text),
        portuguese=question.is_portuguese,
    )


def _parted(request: InferenceRequest) -> tuple[str, str]:
    """Return what a request asks, and the text in its prompt that it is about.

    Where the instructions spell the form of the answer out, the prompt is that text.
    """
    asked = request.question
    form = _SPELLED.search(asked)
    if form is not None:
        return parted(asked[: form.start()], asked[form.end() :])
    if request.system and _SPELLED.search(request.system):
        return "", asked
    asked, source = parted(asked)
    # Beside facts a sentence of the prompt rather says what to do with them.
    is_quoted = request.question[: request.question.find(source)][-1:] in tuple("\"'“«")
    return (asked, source) if is_quoted or not request.context else (request.question, "")


def _texts(context: Mapping[str, Any], source: str) -> list[str]:
    """Return the text that values are read from, without sentences that give orders."""
    found = [
        value
        for path, value in leaves(context)
        if isinstance(value, str) and len(value.split()) >= FEWEST_WORDS
    ]
    if len(found) > MOST_TEXTS:
        return []
    whole = "\n".join([*found, source])
    kept = "\n".join(each for each in whole.splitlines() if not overrules(each))
    return [kept] if len(kept.split()) >= FEWEST_WORDS else []


def _of_rules(
    properties: Mapping[str, Any], question: Question, system: str, facts: Sequence[Fact]
) -> dict[str, Any]:
    """Return the values of fields for which a stated condition is met."""
    found = {}
    for name, schema in properties.items():
        options = schema.get("enum")
        if not isinstance(options, list) or not 2 <= len(options) <= MOST_CHOICES:
            continue
        if all(isinstance(option, str) and option for option in options):
            decided = decided_option(dict.fromkeys(options, ""), question, system, facts)
            if decided is not None:
                found[name] = decided.value
    return found


def _lists(context: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[_Records]:
    """Yield each list of records that has a name and other fields of the answer."""
    for path, records in lists_of(context):
        naming = naming_key(records)
        if naming is None:
            continue
        table = words_of_name(path.rpartition(".")[2])
        fields = {
            name: field
            for name in properties
            for field in records[0]
            if words_of_name(name) == words_of_name(field)
        }
        key = next((name for name, field in fields.items() if field == naming), None)
        if key is None:
            key = next((name for name in properties if _is_one_of(name, table)), None)
        if key is not None:
            fields[key] = naming
            yield _Records(records, fields, key, path.rpartition(".")[2])


def _most_alike(lists: Iterable[_Records]) -> _Records | None:
    """Return the list with most of the answer's fields, None where several have as many."""
    found = sorted(lists, key=lambda one: len(one.fields), reverse=True)
    if len(found) > 1 and len(found[0].fields) == len(found[1].fields):
        return None
    return found[0] if found else None


def _is_one_of(name: str, table: Sequence[str]) -> bool:
    """Return whether a field is named by what a list is of: ``truck`` of ``trucks``."""
    words = words_of_name(name)
    return len(words) == 1 and any(are_forms(words[0], word) for word in table)


def _of_asked_record(
    question: Question,
    context: Mapping[str, Any],
    records: _Records,
    met: list[Mapping[str, Any]] | None,
) -> dict[str, Any]:
    """Return the values of the record that the question asks for.

    :param met: the records that meet its conditions, None where it states none.
    """
    if met is not None:
        if len(met) < 2:
            return records.values_of(met[0]) if met else {}
        context = {records.table: met}
    naming = records.fields[records.key]
    asked = expected_of_records(question, record_tables_of(context))
    if asked is None or asked.check != "asked_entry":
        place = identified(question, "", records.records) if met is None else None
        return {} if place is None else records.values_of(place.record)
    found = [one for one in records.records if (str(one.get(naming)),) == asked.values]
    return records.values_of(found[0]) if len(found) == 1 else {}


def _of_chosen_fact(
    question: Question,
    context: Mapping[str, Any],
    properties: Mapping[str, Any],
    known: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the one fact that a question names while it denies others: *not the owner, the
    on-call*, for the one field of a text that no fact is named as."""
    names = {name for name in properties if name not in known and not is_written(name)}
    named = _of_names(context, properties)
    free = [
        name
        for name in names - set(named)
        if "string" in kinds_of(properties[name]) and "enum" not in properties[name]
    ]
    text = ParsedText(question.text)
    verdicts: dict[str, set[bool | None]] = {}
    for name, value in context.items():
        if isinstance(value, str):
            found = text.places(words_of_name(name))
            verdicts[name] = {text.is_denied(*place, behind=False) for place in found}
    chosen = [name for name, said in verdicts.items() if said == {False}]
    denied = [name for name, said in verdicts.items() if True in said]
    if len(free) != 1 or len(chosen) != 1 or not denied:
        return {}
    value = context[chosen[0]]
    return _fitting(properties, {**named, free[0]: value}, portuguese=question.is_portuguese)


def _of_names(context: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of fields whose name one fact alone has."""
    by_words: dict[tuple[str, ...], list[Any]] = {}
    for path, value in leaves(context):
        if not any(isinstance(part, int) for part in path):
            by_words.setdefault(words_of_name(str(path[-1])), []).append(value)
    found: dict[str, Any] = {}
    for name in properties:
        values = by_words.get(words_of_name(name), [])
        if len(values) == 1:
            found[name] = values[0]
    return found


def _fitting(
    properties: Mapping[str, Any], values: Mapping[str, Any], *, portuguese: bool
) -> dict[str, Any]:
    """Return the values that the schemas of their fields allow; a text may hold the number."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict | list):
            continue
        number = _number_in(value, portuguese=portuguese)
        for each in (value,) if number is None else (value, number):
            if name not in found and not schema_problem(each, properties[name]):
                found[name] = each
    return found


def _number_in(value: Any, *, portuguese: bool) -> int | float | None:
    """Return the one number of a text such as ``18,420 kg``, None where there is no such."""
    is_short = isinstance(value, str) and len(value) <= LONGEST_TEXT
    read = only_quantity(value) if is_short else None
    return None if read is None else one_meaning(read.values, read.text, portuguese=portuguese)


def _is_same(name: str, said: Any, value: Any) -> bool:
    if isinstance(said, str) and isinstance(value, str):
        more = set(WORD.findall(fold(said))) - set(WORD.findall(fold(value)))
        is_longer = len(more) > MOST_MORE or not more.isdisjoint(words_of_name(name))
        return not is_longer and (fold(value) in fold(said) or says_words(said, value))
    if isinstance(said, str) and is_number(value):  # a field of any type may hold "$14.80"
        return [value in one.values for one in quantities(said)] == [True]
    return bool(said == value) and isinstance(said, bool) == isinstance(value, bool)
