"""Webhooks of Alertmanager and Grafana: each alert of a group is triaged as an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from function.events.codec import STRUCTURED_TYPE, decode
from function.events.message import HttpResponse
from function.events.replies import Reply
from function.events.strict_json import json_bytes
from function.http.api.base import Call, Problem, Route, WrongCall, json_answer, read_object
from function.settings import ALERT_WIDTH, CANONICAL_REQUEST
from function.trm.alert_triage.alert import alerts_of
from function.trm.errors import AlertError

if TYPE_CHECKING:
    from function.service import Service

PATH = "/alerts"
AGENT = "agent-sre"
"""Agent of the requests made of alerts; replies name it, for its Trigger."""
MOST_ALERTS = 500
_REPEATED = ("receiver", "status", "groupKey", "externalURL")
_KEPT = ("alertname", "fingerprint", "status", "startsAt", "endsAt")
_REPLIED = ("answer", "choice", "confidence", "confidence_method", "checks", "error")


class Alerts:
    """Answers each alert with the handler of events."""

    def __init__(self, service: Service) -> None:
        self._exchange = service.exchange
        self._handler = service.handler
        self._reply_router = service.reply_router

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [Route("POST", PATH, self._answer)]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error as plain requests get it."""
        error = {"code": problem.code, "message": problem.message, "field": problem.field}
        return json_answer({"error": error}, problem.status, problem.headers)

    def _answer(self, call: Call) -> HttpResponse:
        group = read_object(call)
        if not group.keys() & {"alerts", "labels"}:
            raise WrongCall(400, "alerts is required", field="alerts")
        try:
            alerts = alerts_of(group)
        except AlertError as error:
            raise WrongCall(400, error.problem, field=error.field or None) from None
        if len(alerts) > MOST_ALERTS:
            raise WrongCall(413, f"at most {MOST_ALERTS} alerts are taken", field="alerts")
        sender = self._exchange.admit(call.headers)
        limit = self._reply_router.limit()
        to_sink = self._reply_router.takes(call.headers, CANONICAL_REQUEST)

        def triage(alert: dict[str, Any]) -> dict[str, Any]:
            reply = self._handler.reply_to(_event_of(alert), sender=sender)
            assert reply is not None, "the canonical type is always taken"
            if to_sink:
                self._reply_router.send(self._reply_router.dress(reply.event), limit)
            return _summary(alert, reply)

        with ThreadPoolExecutor(ALERT_WIDTH) as pool:
            answers = list(pool.map(self._exchange.carried(triage), alerts))
        repeated = {name: group[name] for name in _REPEATED if isinstance(group.get(name), str)}
        return json_answer({**repeated, "sent_to_sink": to_sink, "alerts": answers})


def _event_of(alert: Mapping[str, Any]) -> Any:
    """Return the request event of an alert; the same alert in the same state is the same event."""
    data = {"task": "alert_triage", "agent": AGENT, "alert": alert}
    envelope = {
        "specversion": "1.0",
        "id": sha256(json_bytes(alert)).hexdigest()[:32],
        "source": PATH,
        "type": CANONICAL_REQUEST,
        "agent": AGENT,
        "data": data,
    }
    return decode([("content-type", STRUCTURED_TYPE)], json_bytes(envelope))


def _summary(alert: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """Return the name of an alert, its remediation, and the id of its reply."""
    said = reply.data
    labels = alert.get("labels")
    name = labels.get("alertname") if isinstance(labels, Mapping) else None
    known = {"alertname": name, **alert}
    kept = {each: known[each] for each in _KEPT if isinstance(known.get(each), str)}
    replied = {each: said[each] for each in _REPLIED if each in said}
    return {**kept, **(said.get("data") or {}), **replied, "event_id": reply.event.get_id()}
