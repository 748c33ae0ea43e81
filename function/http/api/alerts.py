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
"""Whose requests alerts are: replies to them name it, for its Trigger."""
MOST_ALERTS = 500
_REPEATED = ("receiver", "status", "groupKey", "externalURL")
_KEPT = ("alertname", "fingerprint", "status", "startsAt", "endsAt")
_TOLD = ("answer", "choice", "confidence", "confidence_method", "checks", "error")


class Alerts:
    """Answers each alert with the handler that answers events."""

    def __init__(self, service: Service) -> None:
        self._exchange = service.exchange
        self._handler = service.handler
        self._reply_router = service.reply_router

    @property
    def routes(self) -> Iterable[Route]:
        """Every route."""
        return [Route("POST", PATH, self._answer)]

    def refuse(self, problem: Problem) -> HttpResponse:
        """Write an error as the function's own plain answers do."""
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
            return _told(alert, reply)

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


def _told(alert: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """Return what is said of one alert: which it is, what is to be done, and the reply's id."""
    said = reply.data
    labels = alert.get("labels")
    name = labels.get("alertname") if isinstance(labels, Mapping) else None
    known = {"alertname": name, **alert}
    kept = {each: known[each] for each in _KEPT if isinstance(known.get(each), str)}
    told = {each: said[each] for each in _TOLD if each in said}
    return {**kept, **(said.get("data") or {}), **told, "event_id": reply.event.get_id()}
