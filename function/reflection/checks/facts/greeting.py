"""Questions that are nothing but a greeting."""

from __future__ import annotations

import re

from function.reflection.checks.facts.expected import Expected

_OLA = re.compile(r"\W*(?:ol[aá]|oi|oie|bom|boa)\b", re.I)
GREETING = re.compile(
    r"\W*(?:(?:hello|hi|hey|hiya|greetings|good (?:morning|afternoon|evening|day)|world|there|all|"
    r"everyone|again|ol[aá]|oi|oie|bom dia|boa (?:tarde|noite)|mundo|pessoal|a todos|"
    r"tudo bem)\b\W*)+",
    re.I,
)
_RETURNS = re.compile(
    r"\b(?:hello|hi|hey|greetings|good (?:morning|afternoon|evening|day)|welcome|help|ol[aá]|oi|"
    r"bom dia|boa (?:tarde|noite)|ajudar)\b|\?",
    re.I,
)
LONGEST_GREETING = 60
MOST_WORDS = 30
FEW_WORDS = 5
"""Characters of what is a greeting; words of an answer to it, and of one that need not greet."""


def expected_greeting(question: str) -> Expected | None:
    """Return the demand to greet back where a question is nothing but a greeting.

    A question in return is enough: a persona greets in its own way.
    """
    if len(question) > LONGEST_GREETING or GREETING.fullmatch(question) is None:
        return None

    def is_met(text: str) -> bool:
        words = len(text.split())
        return words <= FEW_WORDS or (words <= MOST_WORDS and _RETURNS.search(text) is not None)

    answer = "Olá! Como posso ajudar?" if _OLA.match(question) else "Hello! How can I help?"
    return Expected("greeting", "a greeting wants a short greeting in return", is_met, answer)
