"""Open alerts in many spellings: answers name all that are asked for, and only those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.tuning.asking import language_of, worded
from lab.tuning.case import Case, Language
from lab.tuning.draw import Draw
from lab.tuning.families.chat import AGENT, spoken
from lab.tuning.names import namespace, service, services
from lab.tuning.phrases import listed, sloppy
from lab.tuning.pools import pool

FAMILY = "alerts"


@dataclass(frozen=True)
class Alert:
    """An alert; ``summary`` is empty where the data hold none."""

    name: str
    service: str
    severity: str
    summary: str
    is_open: bool


def alerts(draw: Draw) -> Case:
    """Return a question about open alerts."""
    language = language_of(draw)
    found = _alerts(draw, language)
    fired = [alert for alert in found if alert.is_open]
    kind = draw.integer(0, 9)
    if not fired or kind <= 4:
        return _all(draw, language, found, fired, "ask")
    if kind == 5:
        return _all(draw, language, found, fired, "ask_count")
    if kind == 6:
        severity = draw.any_of(list(pool("alerts")["severities"]))
        chosen = [alert for alert in fired if alert.severity == severity]
        return _chosen(draw, language, found, chosen, "severity", severity)
    if kind <= 8:
        name = draw.any_of(fired).service if draw.chance(0.7) else service(draw)
        chosen = [alert for alert in fired if alert.service == name]
        return _chosen(draw, language, found, chosen, "service", name)
    alert = draw.any_of(fired)
    words = {"alert": alert.name, "service": alert.service, "name": alert.name}
    return _case(draw, language, found, "ask_where", "where", words, (alert.service,))


def _all(draw: Draw, language: Language, found: list[Alert], fired: list[Alert], ask: str) -> Case:
    if not fired:
        return _case(draw, language, found, ask, "none", {}, ())
    return _told(draw, language, found, fired, ask, {})


def _chosen(
    draw: Draw, language: Language, found: list[Alert], chosen: list[Alert], by: str, value: str
) -> Case:
    words = {by: _severity(language, value) if by == "severity" else value}
    if not chosen:
        return _case(draw, language, found, f"ask_{by}", f"none_{by}", words, (words[by],))
    return _told(draw, language, found, chosen, f"ask_{by}", words)


def _told(
    draw: Draw,
    language: Language,
    found: list[Alert],
    chosen: list[Alert],
    ask: str,
    words: dict[str, str],
) -> Case:
    """Return the case whose answer names the chosen alerts, as a sentence or as a list."""
    keys = tuple(alert.name for alert in chosen)
    bold = draw.chance(0.5)
    texts = [_line(language, alert, bold) for alert in chosen]
    words = words | {"text": texts[0]}
    if len(chosen) == 1:
        return _case(draw, language, found, ask, "one", words, keys)
    forms = pool("alerts")
    words |= {"number": forms["numbers"][language][len(chosen) - 2]}
    lead = worded(draw, forms["lead_count" if ask == "ask_count" else "lead"][language], words)
    if draw.chance(0.4):
        answer = f"{lead} {listed(texts, language)}."
    else:
        answer = "\n".join([lead, *(f"- {text}" for text in texts)])
    return _case(draw, language, found, ask, "", words, keys, answer)


def _case(
    draw: Draw,
    language: Language,
    found: list[Alert],
    ask: str,
    tell: str,
    words: dict[str, str],
    keys: tuple[str, ...],
    answer: str = "",
) -> Case:
    forms = pool("alerts")
    names = [alert.name for alert in found] + [alert.service for alert in found]
    question = worded(draw, forms[ask][language], words)
    question = sloppy(draw, question, [*names, *words.values()])
    said = answer or worded(draw, forms[tell][language], words)
    agent = AGENT if draw.chance(0.6) else None
    return spoken(
        draw, language, question, _context(draw, found), said, keys, family=FAMILY, agent=agent
    )


def _line(language: Language, alert: Alert, bold: bool) -> str:
    name = f"**{alert.name}**" if bold else alert.name
    on = {"en": "on", "pt": "em"}[language]
    text = f"{name} {on} {alert.service} ({_severity(language, alert.severity)})"
    return f"{text}: {alert.summary}" if alert.summary else text


def _severity(language: Language, severity: str) -> str:
    return str(pool("alerts")["severities"][severity]) if language == "pt" else severity


def _alerts(draw: Draw, language: Language) -> list[Alert]:
    forms = pool("alerts")
    count = draw.random.choices((0, 1, 2, 3, 4, 5), (8, 24, 28, 20, 12, 8))[0]
    names = services(draw, max(count, 1))
    if count > 2 and draw.chance(0.4):
        names[1] = names[0]
    with_summary, some_closed = draw.chance(0.35), draw.chance(0.35)
    found: dict[str, Alert] = {}
    for name in names[:count]:
        title, english, portuguese = _title(draw)
        summary = (portuguese if language == "pt" else english) if with_summary else ""
        severity = draw.random.choices(list(forms["severities"]), (45, 45, 10))[0]
        is_open = not (some_closed and draw.chance(0.4))
        found[title] = Alert(title, name, severity, summary, is_open)
    return list(found.values())


def _title(draw: Draw) -> tuple[str, str, str]:
    forms = pool("alerts")
    line = draw.one(forms["alerts"])
    name, english, portuguese = (part.strip() for part in line.split("|"))
    if draw.chance(0.5):
        return f"{draw.one(forms['subjects'])}{draw.one(forms['conditions'])}", "", ""
    return name, english, portuguese


def _context(draw: Draw, found: list[Alert]) -> dict[str, Any]:
    """Return the alerts as senders spell them."""
    forms = pool("alerts")
    keys = {name: draw.one(spellings) for name, spellings in forms["keys"].items()}
    group = draw.one(forms["groups"]) if found else draw.any_of(("alerts", "notifications"))
    has_closed = any(not alert.is_open for alert in found)
    words = {state: draw.any_of(forms["states"][state]) for state in ("open", "closed")}
    form = draw.integer(0, 6)
    if has_closed and group in ("firing", "openAlerts", "active_alerts"):
        group = "alerts"
    rows: list[Any] = []
    for alert in found:
        state = words["open" if alert.is_open else "closed"]
        labels = {keys["alert"]: alert.name, keys["service"]: alert.service,
                  keys["severity"]: alert.severity}  # fmt: skip
        notes = {keys["summary"]: alert.summary} if alert.summary else {}
        shown = {"status": state} if has_closed or draw.chance(0.2) else {}
        if form <= 1:
            rows.append({"labels": labels, "annotations": notes, **shown} if notes else
                        {"labels": labels, **shown})  # fmt: skip
        elif form == 2:
            note = f": {alert.summary}" if alert.summary else ""
            mark = f" [{state}]" if has_closed else ""
            rows.append(f"{alert.name} ({alert.severity}) {alert.service}{mark}{note}")
        else:
            more = {"namespace": namespace(draw)} if draw.chance(0.3) else {}
            rows.append({**labels, **notes, **shown, **more})
    if form == 6 and found:
        return {"data": {group: rows}}
    return {group: rows}
