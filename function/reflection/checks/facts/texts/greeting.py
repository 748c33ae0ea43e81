"""Messages that are nothing but a greeting, thanks or a farewell.

"Hi there!" wants a short greeting in return, as does what only tries whether somebody answers, and
"Thanks a lot!" wants to be accepted.
"""

from __future__ import annotations

import re

from function.reflection.checks.facts.expected import Expected
from function.reflection.checks.facts.question import FUNCTION_WORDS
from function.reflection.checks.facts.vocabulary import WORD, word_set
from function.reflection.text.words import fold

_OLA = re.compile(r"\W*(?:ol[aá]|oi|oie|bom|boa|tudo|como|teste|testando)\b", re.I)
GREETING = re.compile(
    r"\W*(?:(?:hello|hi|hey|hiya|greetings|good (?:morning|afternoon|evening|day)|world|there|all|"
    r"everyone|again|how(?:'s it going| are (?:you|things)(?: doing)?)(?: today)?|"
    r"what's up|howdy|nice to meet you|"
    r"(?:is )?any(?:body|one) (?:there|home)|are you there|ping|"
    r"test(?:ing)?(?: message| \d{1,3}){0,3}|teste|testando|ol[aá]|oi|oie|bom dia|"
    r"boa (?:tarde|noite)|mundo|pessoal|a todos|tudo bem|como (?:vai|est[aá])(?: voc[eê])?|"
    r"como voc[eê] est[aá])\b\W*)+",
    re.I,
)
_RETURNS = re.compile(
    r"^\W*(?:\w+\W+){0,2}?(?:hello|hi|hey|greetings|good (?:morning|afternoon|evening|day)|ol[aá]|"
    r"oi|bom dia|boa (?:tarde|noite))\b|\b(?:welcome|help|ajudar)\b|^[^\"“‘«]*\?",
    re.I,
)
"""What an answer to a greeting has: one at its beginning, which it does not quote, an offer or a
question."""
THANKS = re.compile(r"\b(?:thanks|thank you|thx|cheers|obrigad[oa]|brigad[oa]|valeu)\b", re.I)
_BESIDE = word_set(
    """
    a lot so very much again that this it all everything is was has fixed solved helped helps works
    worked working now great perfect nice good cool awesome amazing ok okay got understood really
    for your the help time info answer you are re s best kind bye see soon oh ah and
    muito mesmo tudo isso deu certo resolveu resolvido ajudou funcionou funcionando perfeito ótimo
    otimo legal entendi pela ajuda atenção atencao tchau até ate logo era só so já ja agora demais
    pelo esclarecimento e foi está esta helpful useful clear exactly what i needed wanted know
    útil util claro clara era que precisava queria
    """
)
"""Words that go with thanks and want nothing."""
_REASON = re.compile(r"\W+(?:for|por|pel[oa]s?)\b[^,.;:!?\d\n]{3,50}", re.I)
"""What thanks are for."""
_INTENDS = re.compile(
    r"\b(?:i['’]?ll|i will|i(?:['’]m| am) going to|let me|vou|vamos)\s"
    r"(?:just\s|now\s|already\s|j[áa]\s)?"
    r"(?:try|test|think|look into|check|do|have a look|see|pensar|ver|tentar|testar|experimentar|"
    r"fazer|dar uma olhada)\b[^,.;:!?\d\n]{0,30}",
    re.I,
)
"""What the sender does next."""
_CONTRARY = re.compile(
    r"\b(?:but|however|still|not|no|nothing|please|can|could|would|mas|por[ée]m|ainda|n[ãa]o|nada|"
    r"por favor)\b|n['’]t\b",
    re.I,
)
_ACCEPTS = re.compile(
    r"\b(?:welcome|glad|happy|pleasure|any ?time|no problem|great|de nada|por nada|"
    r"disposi[çc][ãa]o|imagina|prazer|feliz|disponha|precis\w+|chamar)\b",
    re.I,
)
_COURTESY = FUNCTION_WORDS | word_set(
    """
    greetings world welcome help assist assistance today anything something everything like would
    happy glad ready nice pleased meet see question questions feel free ask asking doing going fine
    great very much how're i'm i'll am let start started conversation chat talk day everyone
    ajudar ajuda ajudo ajuda-lo posso podemos precisa precisar precisando gostaria pergunta
    perguntas perguntar algo alguma coisa bem tudo otimo feliz prazer aqui estou vindo vinda vindos
    hoje disposicao pleasure problem anytime time worries else imagina nada disponha precise chamar
    mais se quando always come back you're that's it's could was be
    """
)
"""Words of a greeting or an offer of help, beside function words: they claim nothing."""
_FAREWELL = re.compile(
    r"\W*(?:(?:ok|okay|well|good)?bye(?:[- ]bye)?|see you(?: \w+)?|good night|farewell|tchau|adeus|"
    r"at[eé] (?:logo|mais|amanh[aã]|breve))\W*",
    re.I,
)
_IN_PORTUGUESE = re.compile(r"\W*(?:obrig|brig|val|tchau|adeus|at)", re.I)
LONGEST_GREETING = 60
MOST_WORDS = 30
FEW_WORDS = 5
"""Characters of what is a greeting; words of an answer to it, and of one that need not greet."""


def expected_greeting(text: str, system: str = "") -> Expected | None:
    """Return the demand to greet back where a message is nothing but a greeting.

    :param system: the instructions. With these a question in return is enough, as a persona greets
        in its own way; without, an answer that speaks of anything else has invented it.
    """
    if len(text) > LONGEST_GREETING:
        return None
    if _FAREWELL.fullmatch(text):
        return _expected_farewell(text)
    if GREETING.fullmatch(text) is None:
        return _expected_thanks(text, system) if THANKS.search(text) else None

    def is_met(answer: str) -> bool:
        words = WORD.findall(fold(answer))
        if not system and not _COURTESY.issuperset(words):
            return False
        is_short = len(words) <= FEW_WORDS
        return is_short or (len(words) <= MOST_WORDS and _RETURNS.search(answer) is not None)

    stated = "Olá! Como posso ajudar?" if _OLA.match(text) else "Hello! How can I help?"
    return Expected("greeting", "a greeting wants a short greeting in return", is_met, stated)


def _expected_thanks(question: str, system: str) -> Expected | None:
    """Return the demand to accept thanks where a message does nothing but thank."""
    thanks = THANKS.search(question)
    if thanks is None or "?" in question:
        return None
    rest = THANKS.sub(" ", question)
    if _CONTRARY.search(rest) is None:
        after = _REASON.sub(" ", question[thanks.end() :])
        rest = THANKS.sub(" ", _INTENDS.sub(" ", f"{question[: thanks.end()]}{after}"))
    if not _BESIDE.issuperset(WORD.findall(rest.lower())):
        return None

    def is_met(text: str) -> bool:
        if not system and not _COURTESY.issuperset(WORD.findall(fold(text))):
            return False
        return len(text.split()) <= MOST_WORDS and _ACCEPTS.search(text) is not None

    answer = (
        "De nada! Se precisar de mais alguma coisa, é só chamar."
        if _IN_PORTUGUESE.match(thanks[0])
        else "You're welcome! Glad I could help."
    )
    return Expected("greeting", "thanks want to be accepted, in a few words", is_met, answer)


def _expected_farewell(text: str) -> Expected:
    def is_met(answer: str) -> bool:
        return _FAREWELL.match(answer) is not None and len(answer.split()) <= MOST_WORDS

    stated = "Até logo!" if _IN_PORTUGUESE.match(text) else "Goodbye!"
    return Expected("greeting", "a farewell wants one in return", is_met, stated)
