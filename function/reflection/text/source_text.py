"""The text that a prompt brings for an answer to be made of, apart from what the prompt asks.

Of "Extract the day from this mail: The parcel came on Monday." the source is the last sentence.
"""

from __future__ import annotations

import re

from function.reflection.text.words import fold, key_words

_TAKING_VERBS = (
    "extract read fill return answer respond reply give get pull parse identify find output use "
    "copy take look provide produce put note record collect capture list turn "
    "extraia extrair leia preencha retorne devolva responda de de-me pegue identifique encontre "
    "informe copie anote registre use formate transforme"
)
_TAKING = frozenset(_TAKING_VERBS.split())
"""Folded verbs that ask for what a text says."""
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
_QUOTED = re.compile(r"[\"“«]([^\"”»]{12,})[\"”»]|(?<!\w)'([^\n]{24,}?)'(?!\w)")
_TAGGED = re.compile(r"<([A-Za-z][\w-]{1,40})>(.{12,}?)</\1>", re.S)
_HEADING = re.compile(r"^#{1,4} [^\n]+\n", re.M)
_LABELLED = re.compile(r"(?:^|(?<=\n))[^\n:{}\"“]{2,60}:[ \t]*\n?(?=\S)")
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_ENDED = re.compile(r"(?:[.!?]|\n)\s*$")
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:-me)?")


def parted(before: str, after: str | None = None) -> tuple[str, str]:
    """Return what a prompt asks and the text that it is about.

    :param before: the prompt up to the output format that it spells out, or all of it.
    :param after: what stands behind the format, None without one.
    """
    rest, asked = after or "", []
    if (colon := re.match(r"[^\n:{}\"“]{0,80}:", rest)) is not None:
        asked.append(colon[0])
        rest = rest[colon.end() :]
    whole = f"{before}\n{rest}"
    if tagged := [found[2].strip() for found in _TAGGED.finditer(whole)]:
        return "\n".join([*asked, _TAGGED.sub(" ", whole)]), "\n".join(tagged)
    if headings := list(_HEADING.finditer(whole)):  # the last section holds the text
        end = headings[-1].end()
        return "\n".join([*asked, whole[:end]]), whole[end:].strip()
    if data := [found[1] or found[2] for found in _QUOTED.finditer(whole)]:
        return "\n".join([*asked, _QUOTED.sub(" ", whole)]), "\n".join(data)
    lines = SENTENCE.split(before.strip())
    if after is not None and not _ENDED.search(before):
        # The format ends a sentence that asks for it.
        asked.append(lines.pop())
    said = "\n".join([*lines, rest.strip().strip(".`")])
    if (label := _LABELLED.search(said)) is not None:
        return "\n".join([*asked, said[: label.end()]]), said[label.end() :].strip()
    sentences = SENTENCE.split(said)
    source = [each for each in sentences if not _is_order(each)]
    return "\n".join([*asked, *filter(_is_order, sentences)]), "\n".join(source)


def asks_for_more(sentence: str) -> bool:
    """Return whether a sentence asks for what has to be written or worked out."""
    plain = fold(sentence)
    orders = _MADE.search(plain) or _BEGINS_ORDER.match(plain)
    return orders is not None or sentence.rstrip().endswith("?")


def is_written(name: str) -> bool:
    """Return whether a key is named as one whose value is written or judged."""
    return not _WRITTEN.isdisjoint(key_words(name))


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
