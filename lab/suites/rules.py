"""Cases for agent-sre: alerts as the public rule sets fire them, with all their labels.

They are the honest alerts of the native triage, less those whose name another case has. Every
second one of a choice goes into the other half.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.evaluation.cases import Case, Expectation
from lab.suites.alerts import DEV, QUESTION, QUESTION_PT, TEST
from lab.suites.halves import Half
from lab.trm.alert_triage.example import Example
from lab.trm.alert_triage.public_rules import honest_alerts

MOST_OF_A_CHOICE = 6
"""Of one choice in a half: most rules there are ask for no remedy."""


def cases(half: Half) -> Iterator[Case]:
    """One for each alert of the half."""
    for number, example in enumerate(_of(half)):
        portuguese = number % 3 == 2
        yield Case(
            id=f"rule-{half}-{number:02}",
            agent="agent-sre",
            language="pt" if portuguese else "en",
            request={
                "task": "choose",
                "max_tokens": 20,
                "prompt": QUESTION_PT if portuguese else QUESTION,
                "context": {
                    "status": "firing",
                    "labels": dict(example.alert.labels),
                    "annotations": dict(example.alert.annotations),
                },
            },
            expect=Expectation(choice=example.remedy.choice),
        )


def _of(half: Half) -> Iterator[Example]:
    taken = {alert.name for alert in (*DEV, *TEST)}
    counted: dict[str, int] = {}
    for example in honest_alerts():
        name, choice = example.alert.name, example.remedy.choice
        if name in taken:
            continue
        taken.add(name)
        place = counted[choice] = counted.get(choice, -1) + 1
        mine = place % 2 == (half == "test")
        if mine and place // 2 < MOST_OF_A_CHOICE:
            yield example
