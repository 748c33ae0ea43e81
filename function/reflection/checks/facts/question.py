"""A question as the verifiers read it: its words, what it asks for, what makes it unclear.

*Hello! Who owns Billing?* asks in one sentence, for a value, for a person, and names *Billing*.
"""

from __future__ import annotations

import re
from functools import cached_property

from function.reflection.checks.facts.vocabulary import WORD, Said, word_set, words_of_name
from function.reflection.text.words import fold, leaning

LONGEST = 400
"""Characters of a question that is read; longer ones ask for more than one thing."""

_ASKS_FOR_VALUE = re.compile(
    r"\b(?:what|which|who|whom|whose|where|when|how (?:many|much|long|often|old|big|large|high|"
    r"tall|heavy|full|far|deep|wide|hot|cold|fast)|tell me|give me|show me|look up|let me know|"
    r"remind me|asked me|i (?:need|want|lack|forgot)|looking for|"
    r"qual|quais|quem|onde|quando|quant[oa]s?|(?:em|de|a|por|para|com) que|o que|me (?:diga|da|"
    r"passa|passe|informe|lembre|mostre)|informe|informar|diga|dizer|saber|quero|preciso|procuro|"
    r"procurando|consulte|mostre)\b"
)
_ASKS_FOR_MORE = re.compile(
    r"\b(?:mean|means|should|compare|compared|than|average|total|sum|difference|"
    r"between|not|all|each|every|both|and|or|if|without|except|but|above|below|over|under|"
    r"besides|other|else|"
    r"significa|deve|devo|compar\w+|media|soma|diferenca|entre|nao|todos|"
    r"todas|cada|ambos|ou|se|sem|exceto|menos de|mais de|acima|abaixo|alem|outr[oa]s?)\b"
)
"""Questions whose right answer may do without the value of the field that they name."""
_OPEN = re.compile(
    r"\b(?:why|wrong|happen\w*|explain|describe|summar\w+|how (?:do|does|did|can|to|should)|"
    r"por que|porque|errado|acontec\w+|explique|descreva|resum\w+)\b|^\W*como\b"
)
"""Questions for an account, which no single value answers."""
_OPENS = re.compile(r"^\W*(?:(?:ok|okay|and|but|so|well|e|mas|entao)\W+)+")
"""Words with which a follow-up begins, and that join nothing."""
_SUPERLATIVE = re.compile(
    r"\b(?:most|least|first|last|highest|lowest|\w{3,}est|maior|menor|mais|menos|primeir[oa]|"
    r"ultim[oa]|melhor|pior|best|worst)\b"
)
_NAME = re.compile(r"\b(?:[A-Z]\w*|\w*\d\w*|\w+(?:[-_.]\w+)+)(?:[-_.]\w+)*")
_AFTER_PREPOSITION = re.compile(
    r"\b(?:of|for|on|in|at|from|with|do|da|dos|das|de|no|na|nos|nas|em|para)\s+"
    r"(?:the |this |that |a |an |my |our |o |a |os |as |meu |minha |nosso |nossa )?"
    r"([^\W_]+)(?= ([^\W_]+))?"
)
_PORTUGUESE = re.compile(r"\b(?:esta|estao|foi|foram|tem|nao|qual|quais|onde|quem|quant[oa]s?)\b")
"""Words that a question in English has not."""
_IS_ON = re.compile(
    r"(?i)\b((?:is|are|was|were) [^?.!,;:]*) on(?= *(?:right )?(?:now *)?(?:[?.!]|$))"
)
"""*On* as a state, which is no preposition: *is the lamp on?*"""
_SOURCE = re.compile(
    r",? ?\b(?:according to|based on|going by|de acordo com|com base n[oa]s?) ?"
    r"(?:(?:this|that|these|the|my|o|a|os|as|est[ae]s?|ess[ae]s?)\b)?[^,.?!;:\n]{0,40}",
    re.I,
)
"""Where the answer is to be taken from, which says nothing of what is asked."""
_TITLES = r"(?<!\bdr\.)(?<!\bdra\.)(?<!\bmr\.)(?<!\bmrs\.)(?<!\bms\.)(?<!\bsr\.)(?<!\bsra\.)"
SENTENCE = re.compile(rf"(?<=[.!?]){_TITLES}\s+|\n+", re.I)
WHEN = r"(?:when|(?:at )?what time|quando|(?:a )?que horas)"
"""Pattern of what asks for a time."""
_ASKS_WHEN = re.compile(rf"\W*{WHEN}\b")
_FOR_WHOM = re.compile(r"\bfor\W*$|\b(?:para|pra) quem\b")
_WHO = re.compile(r"\b(?:who|whose|whom|quem)\b")
_MOMENT = re.compile(rf"\b(?:{WHEN}|what (?:time|day|date)|que dia)\b")
_HELP = re.compile(r"^\W*(?:can|could|would) you (?:help|check)\W*$|^\W*(?:pode|consegue) \w+\W*$")
_TIMES = word_set("today yesterday tomorrow tonight hoje ontem amanha week month")
"""Words that tell a reading of one time from those of others."""


class Question:
    """The question of a request."""

    def __init__(self, text: str) -> None:
        text = _SOURCE.sub("", text)
        self.text = _IS_ON.sub(r"\1 powered", text) if " on" in text else text
        self.folded = fold(self.text)

    @cached_property
    def sentences(self) -> list[str]:
        """Its sentences, folded."""
        return [part for part in SENTENCE.split(self.folded) if part.strip()]

    @cached_property
    def first(self) -> Question:
        """Its first sentence alone."""
        return Question("".join(self.sentences[:1]))

    @cached_property
    def asked(self) -> list[str]:
        """Sentences that end with a question mark."""
        asked = [part for part in self.sentences if part.rstrip().endswith("?")]
        return [part for part in asked if not _HELP.match(part)]

    @property
    def asking(self) -> str:
        """What is asked, folded: the whole question where no sentence ends with a mark."""
        return " ".join(self.asked) or self.folded

    @cached_property
    def core(self) -> str:
        """What is asked, folded, without the words with which a follow-up begins."""
        return _OPENS.sub("", self.asking)

    @cached_property
    def said(self) -> Said:
        """The words of the question."""
        return Said([self.text])

    @cached_property
    def is_portuguese(self) -> bool:
        """Whether the question is rather in Portuguese than in any other language."""
        language = leaning(self.text)
        return language == "pt" or (language is None and bool(_PORTUGUESE.search(self.folded)))

    @property
    def thousands(self) -> str:
        """The mark that the language of the question writes before thousands."""
        return "." if self.is_portuguese else ","

    @property
    def asks_when(self) -> bool:
        """Whether the question opens by asking for a time."""
        return _ASKS_WHEN.match(self.folded) is not None

    @property
    def asks_for_moment(self) -> bool:
        """Whether the question asks for a time or a day anywhere."""
        return _MOMENT.search(self.folded) is not None

    @property
    def asks_who(self) -> bool:
        """Whether the question asks for a person, and not whom something is for."""
        return _WHO.search(self.folded) is not None and not _FOR_WHOM.search(self.folded)

    @property
    def is_open(self) -> bool:
        """Whether the question asks for an account, such as why something is so."""
        return _OPEN.search(self.folded) is not None

    @cached_property
    def wants_value(self) -> bool:
        """Whether the question asks for something by a word such as *which*."""
        return _ASKS_FOR_VALUE.search(self.folded) is not None

    @cached_property
    def wants_more(self) -> bool:
        """Whether a right answer may be another than what one field says."""
        return _ASKS_FOR_MORE.search(self.core) is not None or len(self.asked) > 1

    def has_superlative_beside(self, field: str) -> bool:
        """Return whether the question compares records by words that are not a field's name."""
        return not set(words_of_name(field)).issuperset(_SUPERLATIVE.findall(self.folded))

    @cached_property
    def names(self) -> list[str]:
        """Words with a capital, a digit or a hyphen, first words of sentences apart."""
        sentences = SENTENCE.split(self.text)
        return [name for part in sentences for name in _NAME.findall(part[:1].lower() + part[1:])]

    @cached_property
    def times(self) -> frozenset[str]:
        """Words such as *yesterday*."""
        return _TIMES.intersection(self.said.words)

    @cached_property
    def objects(self) -> list[tuple[str, str]]:
        """Words behind a preposition, each with the next word: what the question is about."""
        found = _AFTER_PREPOSITION.findall(self.folded)
        return [pair for pair in found if pair[0] not in FUNCTION_WORDS | GENERIC_WORDS]

    def fits(self, value: object) -> bool:
        """Return whether a value is of the kind that the question asks for."""
        has_digit = any(map(str.isdigit, str(value)))
        if re.search(r"\b(?:how many|how much|quant[oa]s?)\b", self.folded):
            return has_digit
        if self.asks_who:
            return isinstance(value, str) and not has_digit
        return True

    def spelled(self, name: str) -> str:
        """Return the name of a field as words, with the accents that the question gives them."""
        written = {fold(word): word for word in WORD.findall(self.text.lower())}
        words = words_of_name(name)
        plain = " ".join(name.replace("_", " ").split())
        changed = [written.get(word, word) for word in words]
        return " ".join(changed) if changed != list(words) else plain

    def content_words(self) -> list[str]:
        """Return the words of the question that are no function words."""
        return [word for word in self.said.words if word not in FUNCTION_WORDS and len(word) > 1]


def telling(text: str) -> list[str]:
    """Return the words of a text, folded, that are no function words."""
    return [word for word in WORD.findall(fold(text)) if word not in FUNCTION_WORDS]


FUNCTION_WORDS = word_set(
    "what which who whom whose where when how many much long often old is are was were be been do "
    "does did has have had can could will would should may might shall the a an and or of to in on "
    "for with by at as from into about that this these those it its they them their there here i "
    "me my we us our you your he she his her please tell give show let know find look up say says "
    "said name only right now currently just still so one ones any some get got out data facts "
    "list listed record records answer sentence want need good morning afternoon evening hello hi "
    "hey thanks thank could ok okay well please qual quais quem onde quando como quanto quantos "
    "quanta quantas que o os as um uma uns umas de do da dos das em no na nos nas por para com e "
    "ou ao aos e esta estao estava ser foi sao foram eram tem ha temos ter eu me meu minha nosso "
    "nossa voce seu sua ele ela eles elas isso isto este essa esse aqui ali agora ainda so apenas "
    "favor diga diz informe passe passa mostre saber quero pode poderia dados fatos lista resposta "
    "frase bom boa dia tarde noite oi ola obrigado"
)
GENERIC_WORDS = word_set(
    "number numero name nome amount value valor quantity quantidade total kind type tipo"
)
"""Nouns that name no field by themselves."""
