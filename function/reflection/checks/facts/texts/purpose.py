"""Questions of what the assistant is and does, which its instructions answer.

*What can you help me with?* is answered from the list under "Your tasks:", *who are you?* from the
sentence "You are Tilda, the front desk of a clinic."
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from function.reflection.checks.facts.expected import Expected, denies, listed
from function.reflection.checks.facts.question import Question, telling
from function.reflection.checks.facts.texts.greeting import GREETING
from function.reflection.checks.facts.vocabulary import Said
from function.reflection.text.sentences import BULLET, sentences
from function.reflection.text.words import fold, language_of

MOST_NAMED = 6
"""Entries of a list that an answer names."""
LEAST_SHARED = 3
"""Words of the instructions that an answer in words of its own has."""
LONGEST_ENTRY = 120
LONGEST_IDENTITY = 240
"""Characters of an entry, and of the sentence that says who the assistant is."""

_SELF = (
    r"who (?:(?:are|made) you|am i (?:talking|speaking|chatting) (?:to|with))|"
    r"what are you(?: for)?|(?:what|which) (?:ai |language )?(?:model|assistant|bot|llm) are you|"
    r"(?:qual|que) modelo e voce|"
    r"(?:quem|o que) e voce|(?:com )?quem (?:eu )?(?:estou|to) falando"
)
_DOES = (
    r"what (?:can|could|do) you (?:do|offer|know)(?: about)?|what are you able to do|"
    r"what (?:can|could) (?:you (?:help|assist)|i ask you)(?: \w+)?(?: with| about)?|"
    r"(?:how|what) (?:can|could|do) you (?:help|assist)(?: me| us)?(?: with)?|"
    r"o que (?:e que )?(?:voce|vc) "
    r"(?:faz|pode(?: me)? (?:fazer|ajudar|responder)|sabe(?: fazer)?|oferece)|"
    r"(?:no|em|com|a) que (?:voce |vc )?(?:pode(?:ria)?|consegue) (?:me )?ajudar|"
    r"como (?:voce |vc )?(?:pode(?:ria)?|consegue) (?:me )?ajudar|"
    r"o que posso (?:te )?perguntar(?: a voce)?|^\W*(?:help|ajuda)(?: me)?\W*$"
)
ASKS_PURPOSE = re.compile(rf"({_SELF})|{_DOES}")
"""Finds, in folded words, what asks who the assistant is, or what it does; the first is group 1."""
_BESIDE = re.compile(
    r"\b(?:and|so|please|then|exactly|actually|here|for me|me|e|entao|exatamente|por favor|aqui|"
    r"pra mim|para mim)\b|\W"
)
"""What may stand beside such a question without asking for more."""
_HEADING = re.compile(r"^[\s#*]*([^\n:]{2,40}?)[\s*]*:[\s*]*(.*)$")
_DUTIES = re.compile(
    r"^(?:what you (?:can )?do|(?:your |main )?(?:tasks?|duties|role|job|abilities|capabilities)|"
    r"you (?:can|help)(?: (?:with|users?|people|visitors?))*|o que voce (?:faz|pode fazer)|"
    r"(?:suas )?(?:tarefas?|funcoes|capacidades|atribuicoes)|voce (?:pode|ajuda)(?: com)?)$"
)
_TOPICS = re.compile(
    r"^(?:(?:our |the |available |main )?"
    r"(?:services|topics|subjects|products|areas|departments|specialt(?:y|ies)|expertise)|"
    r"(?:nossos |os )?(?:servicos|temas|assuntos|produtos|areas|setores|especialidades?))$"
)
_OWN = (
    "I answer questions from the facts that you send with them.",
    "Respondo perguntas a partir dos fatos que você envia com elas.",
)
"""What is so without instructions."""
_LISTING = ("I can ", "Posso ")
_NAME = re.compile(r"(?<!^)\b[A-Z]")
_HELPS = re.compile(r"\b(?:assist\w*|help\w*|answers?|ajud\w+|respond\w+|encontr\w+|find)\b")
"""Words of an assistant about itself."""
_ASSISTANT = re.compile(r"\bassist(?:ants?|entes?)\b")
_STYLE = re.compile(r"^(?:be|stay|keep|never|do not|always|use|seja|mantenha|nunca|nao|sempre)\b")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_INFINITIVE = re.compile(r"\w+[aei]r\b")
_PORTUGUESE = re.compile(r"\b(?:voce|vc|quem|que|ajudar)\b")
_TO_ITSELF = re.compile(r"\W*(?:you|your|voce|seu|sua)\b")
"""An answer that speaks to the assistant as the instructions do."""
_IDENTITY = re.compile(
    r"^\W*(you are|you're|your name is|you (?=help|answer|assist|support|serve|advise|look)|"
    r"voce e|vc e|seu nome e)\b"
)
_SECOND_PERSON = (
    (re.compile(r"\band you (?!are\b)", re.I), "and I "),
    (re.compile(r"\be (?:você|vc|voce) ", re.I), "e eu "),
    (re.compile(r"\b(?:your)\b", re.I), "my"),
)


def expected_purpose(question: Question, system: str) -> Expected | None:
    """Return the demand to say what the instructions say of the assistant.

    The question may greet first, but asks nothing else.
    """
    found = ASKS_PURPOSE.search(folded := question.folded)
    if found is None:
        return None
    rest = GREETING.sub("", folded[: found.start()]) + folded[found.end() :]
    if _BESIDE.sub("", rest):
        return None
    is_portuguese = _PORTUGUESE.search(found[0]) is not None
    if language_of(system) not in (None, "pt" if is_portuguese else "en"):
        return None
    asks_self = found[1] is not None
    stated = _stated(system, asks_self, is_portuguese) if system else _OWN[is_portuguese]
    if stated is None:
        return None
    who = stated.split(",")[0]
    is_named = asks_self and _NAME.search(who) is not None
    is_general = not is_named and not stated.startswith(_LISTING)
    words = set(telling(who if is_named else (is_general and system) or stated))
    least = (len(words) + 1) // 2 if is_named else min(LEAST_SHARED, len(words))

    def is_met(text: str) -> bool:
        if _TO_ITSELF.match(fold(text)):
            return False
        helps = _HELPS if system else _ASSISTANT
        if is_general and helps.search(fold(text)) and not denies(text):
            return True
        return sum(map(Said([text]).has_form, words)) >= least

    reason = f"the instructions say what is asked: {stated}"
    return Expected("purpose", reason, is_met, stated)


def _stated(system: str, asks_self: bool, is_portuguese: bool) -> str | None:
    """Return what the lists of the instructions say, or else their sentence of who this is."""
    lists = list(_lists(system))
    tasks = [entry for name, entries in lists if _DUTIES.match(name) for entry in entries]
    duties = [_lowered(entry) for entry in tasks if not _STYLE.match(fold(entry))]
    topics = [entry for name, entries in lists if _TOPICS.match(name) for entry in entries]
    if asks_self or not (duties or topics):
        return _identity(system, is_portuguese)
    named = listed(duties or topics, is_portuguese=is_portuguese)
    if is_portuguese:
        are_verbs = duties and all(map(_INFINITIVE.match, map(fold, duties)))
        return f"Posso {named}." if are_verbs else f"Posso ajudar com: {named}."
    return f"I can {named}." if duties else f"I can help with {named}."


def _lists(system: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the folded heading and the entries of each list, in bullets or behind its heading."""
    name, entries = "", []
    for line in [*system.splitlines(), ""]:
        if (bullet := BULLET.match(line)) is not None:
            entries.append(line[bullet.end() :])
            continue
        if name and entries:
            yield name, _trimmed(entries)
        name, entries = "", []
        if (heading := _HEADING.match(line)) is not None:
            name = fold(heading[1]).strip()
            if heading[2].strip():
                yield name, _trimmed(heading[2].split(","))
                name = ""


def _trimmed(entries: Sequence[str]) -> list[str]:
    plain = [_ASIDE.sub("", entry).strip(" .;") for entry in entries]
    return [entry for entry in plain if 0 < len(entry) <= LONGEST_ENTRY][:MOST_NAMED]


def _identity(system: str, is_portuguese: bool) -> str | None:
    """Return the sentence that says who the assistant is, in the first person."""
    for sentence in sentences(system):
        found = _IDENTITY.match(fold(sentence))
        if found is None or len(sentence) > LONGEST_IDENTITY:
            continue
        rest = sentence[found.end() :].strip(" .")
        for person, first in _SECOND_PERSON:
            rest = person.sub(first, rest)
        is_name = found[1].startswith(("your", "seu"))
        if is_portuguese:
            return f"{'Meu nome é' if is_name else 'Sou'} {rest}."
        start = "My name is" if is_name else "I" if found[1] == "you " else "I am"
        return f"{start} {rest}."
    return None


def _lowered(entry: str) -> str:
    """Return a duty with a small letter first, unless it begins with an abbreviation."""
    return entry[:1].lower() + entry[1:] if entry[1:2].islower() else entry
