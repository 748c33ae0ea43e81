"""Recognise a request that only takes values out of a text, and the fields that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from function.reflection.text.words import fold, key_words

MOST_WORDS = 150
"""Words of a text from which single values are taken; a longer one is read for its meaning."""
LEAST_WORDS = 3

_TAKING_VERBS = (
    "extract read fill return answer respond reply give get pull parse identify find output use "
    "copy take look provide produce put note record collect capture list "
    "extraia extrair leia preencha retorne devolva responda de de-me pegue identifique encontre "
    "informe copie anote registre use formate"
)
_TAKING = frozenset(_TAKING_VERBS.split())
"""Folded verbs that ask for what a text says."""
_WRITTEN_KEYS = (
    "answer resposta message mensagem summary resumo description descricao explanation explicacao "
    "reason reasons reasoning motivo motivos razao justificativa recommendation recommendations "
    "recomendacao recomendacoes suggestion suggestions sugestao sugestoes advice conselho comment "
    "comentario note notes nota title titulo headline category categoria type tipo kind topic "
    "topics tema assunto sentiment sentimento mood humor emotion emocao tone tom intent intencao "
    "priority prioridade severity gravidade urgency urgencia status state level nivel language "
    "idioma translation traducao action actions acao acoes step steps passo passos next findings "
    "conclusion conclusao verdict analysis analise insight insights risk risco label tag tags "
    "keyword keywords plan plano reply greeting opinion opiniao result resultado decision decisao "
    "score confidence confianca rating probability lambda function parameters text texto "
    "question pergunta evidence response solution cause fix"
)
_WRITTEN = frozenset(_WRITTEN_KEYS.split())
"""Folded words of keys whose values are written, or judged, and stand in no text."""
_MADE = re.compile(
    r"\b(summari[sz]e|summary|translate|translation|classif\w+|categori[sz]e|invent|imagine|"
    r"write|draft|create|generate|suggest|recommend|rate|score|estimate|calculate|compute|count|"
    r"convert|explain|decide|analy[sz]e|plan|propose|choose|compare|rewrite|correct|normali[sz]e|"
    r"how (?:many|much)|total|sum|resum\w+|traduz\w+|classifi\w+|invente|imagine|escreva|crie|"
    r"gere|sugira|recomende|avalie|estime|calcule|conte|converta|explique|decida|analise|planeje|"
    r"proponha|escolha|compare|reescreva|corrija|quant[oa]s?)\b"
)
"""What asks, in folded words, for more than a text says."""
_BEGINS_ORDER = re.compile(
    r"\W*(?:name|think|pick|tell|make|say|describe|define|solve|help|guess|tag|label|diga|cite|nomeie|"
    r"pense|faca|descreva|defina|resolva|ajude|adivinhe|conte)\b"
)
"""What begins, in folded words, a sentence that asks for more than a text says."""
_DATA = re.compile(r"[\"“«]([^\"”»]{12,})[\"”»]|'([^'\n]{24,})'")
_LABELLED = re.compile(r"(?:^|(?<=\n))[^\n:{}\"“]{2,60}:[ \t]*\n?(?=\S)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_ENDED = re.compile(r"(?:[.!?]|\n)\s*$")
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:-me)?")


@dataclass(frozen=True)
class Extraction:
    """The text that values are taken from, and the dotted paths of the fields.

    ``taken`` may only hold what the text says, ``free`` hold anything.
    """

    source: str
    taken: tuple[str, ...]
    free: tuple[str, ...]

    def allow_null(self, schema: dict[str, Any], above: str = "") -> dict[str, Any]:
        """Return the schema with null for a text that is not there."""
        properties = {}
        for name, inner in schema.get("properties", {}).items():
            path = f"{above}.{name}" if above else name
            if inner.get("type") == "object":
                inner = self.allow_null(inner, path)
            elif path in self.taken and inner.get("type") == "string":
                inner = {**inner, "type": ["string", "null"]}
            properties[name] = inner
        return {**schema, "properties": properties} if properties else schema


def read_extraction(
    prompt: str,
    span: tuple[int, int],
    schema: dict[str, Any],
    system: str = "",
    facts: str = "",
) -> Extraction | None:
    """Return what is extracted, or None where something else is asked for.

    :param span: start and end of the output format in the prompt.
    :param facts: the texts of the context, from which a prompt without a text of its own takes.
    """
    asked, source = _parted(prompt[: span[0]], prompt[span[1] :])
    if "{" in source or len(source.split()) < LEAST_WORDS:
        source = facts
    words = len(source.split())
    if not LEAST_WORDS <= words <= MOST_WORDS:
        return None
    if any(map(_asks_for_more, _SENTENCE.split(f"{asked}\n{system}"))):
        return None
    fields = dict(_fields(schema, ""))
    taken = tuple(path for path, is_taken in fields.items() if is_taken)
    free = tuple(path for path, is_taken in fields.items() if not is_taken)
    return Extraction(source, taken, free) if taken else None


def _parted(before: str, after: str) -> tuple[str, str]:
    """Return the request and the text that it is about, parted at the place of the format."""
    rest, asked = after, []
    if (colon := re.match(r"[^\n:{}\"“]{0,80}:", after)) is not None:
        asked.append(colon[0])
        rest = after[colon.end() :]
    whole = f"{before}\n{rest}"
    if data := [found[1] or found[2] for found in _DATA.finditer(whole)]:
        return "\n".join([*asked, _DATA.sub(" ", whole)]), "\n".join(data)
    lines = _SENTENCE.split(before.strip())
    if not _ENDED.search(before):  # the format ends a sentence that asks for it
        asked.append(lines.pop())
    said = "\n".join([*lines, rest.strip().strip(".`")])
    if (label := _LABELLED.search(said)) is not None:
        return "\n".join([*asked, said[: label.end()]]), said[label.end() :].strip()
    sentences = _SENTENCE.split(said)
    source = [each for each in sentences if not _is_order(each)]
    return "\n".join([*asked, *filter(_is_order, sentences)]), "\n".join(source)


def _is_order(sentence: str) -> bool:
    """Return whether a sentence is an instruction or a question."""
    first = _FIRST_WORD.search(fold(sentence))
    return (
        first is None
        or first[0] in _TAKING
        or sentence.rstrip().endswith("?")
        or _MADE.match(fold(sentence).lstrip()) is not None
        or _BEGINS_ORDER.match(fold(sentence)) is not None
    )


def _asks_for_more(sentence: str) -> bool:
    plain = fold(sentence)
    orders = _MADE.search(plain) or _BEGINS_ORDER.match(plain)
    return orders is not None or sentence.rstrip().endswith("?")


def is_written(name: str) -> bool:
    """Return whether a key is named as one whose value is written or judged."""
    return not _WRITTEN.isdisjoint(key_words(name))


def _fields(schema: dict[str, Any], above: str) -> Iterator[tuple[str, bool]]:
    """Yield the path of each field with whether its value can stand in a text."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        if inner.get("type") == "object":
            yield from _fields(inner, path)
            continue
        bound = {"enum", "minimum", "pattern", "anyOf", "description"} & set(inner)
        yield path, not (bound or is_written(name) or inner.get("type") == "boolean")
