"""Nothing but the records may be used, and they do not speak of what is asked.

*Does patient-7 have known allergies?* under *Use only the records*, with none of allergies: that
the records do not say it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from function.contract import Message
from function.reflection.checks.facts.asked_fact import LONGEST_VALUE
from function.reflection.checks.facts.expected import Expected, denies, listed, says_name
from function.reflection.checks.facts.question import FUNCTION_WORDS, Question
from function.reflection.checks.facts.vocabulary import WORD, Said
from function.reflection.prompt.facts import Fact
from function.reflection.text.words import fold

MOST_FACTS = 12
"""Facts beyond which one of them may speak of something in other words."""
MOST_NAMED = 6
"""Values of the records that are named as what they hold."""
FEW_VALUES = 3
"""Values of records that an answer has to name beside saying that they are all there is."""
_LISTED = re.compile(r"\.\d+(?:\.|$)")
"""Paths of what is in a list: of records, and not of who asks for them."""
ASKS_WHETHER_THERE = re.compile(
    r"\b(?:is|are) there (?:an?y? |known |any known )?([^\W\d_]{4,})"
    r"|\b(?:does|do|has|have)\b[^?]{1,60}\b(?:have|has|got) "
    r"(?:an?y? |known |any known )?([^\W\d_]{4,})"
    r"|\b(?:ha|existem?|tem) (?:alguma? |uma? )?(interac\w+|alergia\w*|contraindic\w+|[^\W\d_]{4,})"
)
_VAGUE = re.compile(
    r"menor|maior|melhor|pior|room|space|espaco|lugar|trouble|problem\w*|issues?|enough|wrong|errad\w+|algo|anything|something|alg\w+"
)
"""Nouns of what records tell in any words."""
_HOLDS = re.compile(r"\d|:\s|^\s*[-*•{[]", re.M)
"""Marks of instructions that may hold records."""
_ONLY = re.compile(
    r"\b(?:only|solely|somente|apenas|so)\b"
    # "Only the products of the facts" limits what is offered, and not what may be said.
    r"(?![^.]{0,30}\b(?:products?|produtos?|items?|itens|options?|opco(?:es|ao)|wines?|vinhos?|"
    r"dishes|pratos?)\b)"
    r"[^.]{0,30}\b(?P<source>records?|registros?|documents?|notes?|"
    r"files?|facts?|dados|fatos)\b"
)
_SPEAKS_OF_SOURCE = re.compile(
    r"\b(?:records?|data|facts?|information|documents?|notes?|files?|stated?|mention\w*|available|"
    r"registros?|dados|inform\w+|consta\w*|documentos?|disponive\w+)\b"
)


def unstated(
    question: Question, facts: Sequence[Fact], system: str, history: Sequence[Message]
) -> Expected | None:
    """Return the demand to say that the records do not show whether something is so.

    The sender allows nothing but the records, and none of them speaks of it: neither yes nor no
    follows.
    """
    asking = " ".join(question.asked) or question.folded
    asked = ASKS_WHETHER_THERE.search(asking)
    bound = _ONLY.search(fold(system))
    if bound is None:
        return None
    if not facts and (len(question.sentences) > 1 or history or _HOLDS.search(system)):
        return None  # records may stand beside the question, before it or in the instructions
    # Records that are not there tell nothing, whatever is asked of them.
    is_empty = not facts and not question.is_open and len(question.asked) == 1
    if asked is None and not (is_empty and bound["source"].startswith(("record", "registro"))):
        return None
    noun = "that" if asked is None else next(group for group in asked.groups() if group)
    if _VAGUE.fullmatch(noun):
        return None
    said = Said([f"{fact.path} {fact.value}" for fact in facts])
    after = WORD.findall(asking.partition(noun)[2])[:1]  # "any security notifications"
    if after and after[0] not in FUNCTION_WORDS and said.has(after[0]):
        return None
    if (facts and (noun in FUNCTION_WORDS or said.has(noun))) or len(facts) > MOST_FACTS:
        return None
    source = bound["source"].rstrip("s") + "s"
    in_list = [fact for fact in facts if _LISTED.search(fact.path)] or facts
    values = Counter(str(fact.value) for fact in in_list if isinstance(fact.value, str))
    telling = [
        value for value, count in values.items() if count == 1 and len(value) < LONGEST_VALUE
    ]
    shown = telling[:MOST_NAMED]
    named = listed(shown, is_portuguese=question.is_portuguese)
    if question.is_portuguese:
        stated = (
            f"Os registros trazem {named}, mas não informam isso."
            if named
            else "Os registros não informam isso."
            if facts
            else "Não há registros disponíveis aqui, por isso não posso dizer."
        )
    else:
        stated = (
            f"The {source} have {named}; they do not say anything about that."
            if named
            else f"The {source} do not say anything about that."
            if facts
            else f"No {source} are available here, so I cannot say."
        )

    few = telling if len(telling) <= FEW_VALUES else []

    def is_met(text: str) -> bool:
        folded = fold(text)
        says_so = denies(text) and _SPEAKS_OF_SOURCE.search(folded) is not None
        return says_so and all(says_name(folded, value) for value in few)

    joint = " e " if question.is_portuguese else " and "
    names = f" and name {joint.join(few)}" if few else ""
    reason = f"the {source} do not speak of {noun}; the answer must say so{names}"
    return Expected("untold", reason, is_met, stated)
