"""Triage of alerts by the native TRM: one of seven functions, or none."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from function.backends.base import Tokens
from function.contract import CheckResult, InferenceRequest, ReflectionStep, alert_in
from function.deadline import Deadline
from function.errors import FieldError, InvalidRequest, ModelRefused, RequestExpired
from function.reflection.answer import Confidence, Outcome
from function.remediation import NO_FUNCTION, Remediation, remediation
from function.tasks.base import TraceEntry, trace_of
from function.trm.alert_triage.alert import Alert, alerts_of, read_alert
from function.trm.alert_triage.codec import FEATURES, POSITIONS, Remedy
from function.trm.errors import AlertError, CheckpointError, DeadlineError
from function.trm.names import PREFIX
from function.trm.registry import Networks

if TYPE_CHECKING:
    from function.trm.alert_triage.triage import AlertTriage, TriageAnswer

SHIPPED = "alert-triage"
MOST_ALERTS = 100
"""Alerts of one group that are answered: more do not fit into a reply event."""
FAILED = Confidence(0.0, "failed_checks", calibrated=True)


class AlertTriageTask:
    """Reads alerts with a network that knows words."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._triages: dict[Path, AlertTriage] = {}
        self._reading = threading.Lock()

    def run(self, request: InferenceRequest, deadline: Deadline) -> tuple[str, Outcome]:
        """Choose for the alert; see :class:`function.tasks.base.NativeTask`."""
        field, given = _given_alert(request)
        try:
            name, outcome = self._triage(read_alert(given), request.model, deadline)
            if isinstance(given, dict) and len(given.get("alerts") or ()) > 1:
                outcome = self._with_the_group(outcome, given, request.model, deadline)
        except AlertError as error:
            name = f"{field}.{error.field}" if error.field else field
            raise InvalidRequest([FieldError(name, error.problem)]) from None
        except CheckpointError as error:
            raise ModelRefused(str(error)) from None
        except DeadlineError as error:
            raise RequestExpired(str(error)) from None
        return PREFIX + name, _in_the_format(request, _among_the_choices(request, outcome))

    def _triage(self, alert: Alert, asked: str | None, deadline: Deadline) -> tuple[str, Outcome]:
        if alert.resolved:
            return SHIPPED, _resolved(alert)
        name, triage = self._find(asked)
        return name, _outcome(alert, triage.triage(alert, deadline))

    def _with_the_group(
        self, outcome: Outcome, group: dict[str, Any], asked: str | None, deadline: Deadline
    ) -> Outcome:
        """Return the outcome of a group's first firing alert with those of all its alerts."""
        alerts = alerts_of(group)
        answers = []
        for place, each in enumerate(alerts[:MOST_ALERTS]):
            try:
                alert = read_alert(each)
            except AlertError as error:
                raise AlertError(f"alerts.{place}.{error.field}", error.problem) from None
            _, found = self._triage(alert, asked, deadline)
            answers.append(_of_one(each, alert, found))
        data = {**(outcome.data or {}), "alerts": answers}
        if len(alerts) > MOST_ALERTS:
            data["alerts_left_out"] = len(alerts) - MOST_ALERTS
        return replace(outcome, data=data)

    def close(self) -> None:
        """Do nothing: the service closes its networks."""

    def _find(self, asked: str | None) -> tuple[str, AlertTriage]:
        network = self._networks.find(
            asked,
            fits=lambda sizes: sizes.token_shape == (POSITIONS, FEATURES),
            shipped=[SHIPPED],
            purpose="alerts",
        )
        from function.trm.alert_triage.triage import AlertTriage, read_act_above, read_codec

        with self._reading:
            if network.file not in self._triages:
                folder = network.file.parent
                self._triages[network.file] = AlertTriage(
                    network.engine,
                    network.calibration,
                    network.halt_above,
                    read_codec(folder),
                    read_act_above(folder),
                )
            return network.name, self._triages[network.file]


def _given_alert(request: InferenceRequest) -> tuple[str, object]:
    """Return the alert of a request and the name of the field that holds it."""
    context = request.context
    if request.alert is not None or not context:
        return "alert", request.alert
    return alert_in(context) or ("alert", None)


def _among_the_choices(request: InferenceRequest, outcome: Outcome) -> Outcome:
    """Return the outcome, or one without an action where its choice is none of those offered."""
    offered = [choice.name for choice in request.choices]
    if not offered or outcome.choice in (NO_FUNCTION, *offered):
        return outcome
    reasoning = f"{(outcome.data or {})['reasoning']}; {outcome.choice} is none of the choices"
    return replace(
        outcome,
        answer=f"{NO_FUNCTION}: {reasoning}.",
        choice=NO_FUNCTION,
        data={
            **(outcome.data or {}),
            "lambda_function": None,
            "parameters": {},
            "reasoning": reasoning,
        },
    )


def _in_the_format(request: InferenceRequest, outcome: Outcome) -> Outcome:
    """Give the answer as JSON where JSON is asked for: its agent parses the text."""
    if request.response_format is None:
        return outcome
    return replace(outcome, answer=json.dumps(outcome.data, ensure_ascii=False))


def _resolved(alert: Alert) -> Outcome:
    reason = f"{alert.name or 'the alert'} is resolved: there is nothing to do"
    return Outcome(
        answer=f"none: {reason}.",
        data={"lambda_function": None, "parameters": {}, "reasoning": reason},
        choice="none",
        checks=[CheckResult(name="alert_status", passed=True)],
        confidence=Confidence(1.0, "verified", calibrated=True),
        stop_reason="checks_passed",
        tokens=Tokens(),
        trace=[],
    )


def _of_one(given: dict[str, Any], alert: Alert, outcome: Outcome) -> dict[str, Any]:
    """Return what is said of one alert of a group."""
    fingerprint = given.get("fingerprint")
    return {
        "alertname": alert.name,
        "fingerprint": fingerprint if isinstance(fingerprint, str) else None,
        "status": "resolved" if alert.resolved else "firing",
        "choice": outcome.choice,
        **(outcome.data or {}),
        "confidence": outcome.confidence.value,
    }


def _outcome(alert: Alert, answer: TriageAnswer) -> Outcome:
    remedy = _remediation(answer.remedy, alert)
    problem = remedy.problem
    reasoning = _reasoning(alert, answer, remedy) + (f"; {problem}" if problem else "")
    # What lacks a parameter is not an action, however sure the network is of its choice.
    confidence = Confidence(answer.confidence, "halting", calibrated=True)
    return Outcome(
        answer=f"{_shown(remedy)}. {reasoning}.",
        data={
            "lambda_function": remedy.function,
            "parameters": remedy.parameters,
            "reasoning": reasoning,
        },
        choice=remedy.choice,
        checks=[CheckResult(name="parameters", passed=not problem, reason=problem)],
        confidence=FAILED if problem else confidence,
        stop_reason=answer.stop_reason,
        tokens=Tokens(),
        trace=_trace(alert, answer),
    )


def _remediation(remedy: Remedy, alert: Alert) -> Remediation:
    return remediation(remedy.choice, alert.labels, remedy.keys)


def _shown(remedy: Remediation) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in remedy.parameters.items())
    return f"{remedy.choice}: {shown}" if shown else remedy.choice


def _reasoning(alert: Alert, answer: TriageAnswer, remedy: Remediation) -> str:
    name = alert.name or "an alert without a name"
    steps = f"{len(answer.steps)} step{'s' if len(answer.steps) > 1 else ''}"
    if answer.unsure is not None:
        return (
            f"{name} may ask for {answer.unsure.choice}, but with a probability of only "
            f"{answer.confidence:.2f} after {steps}"
        )
    sure = f"with a probability of {answer.confidence:.2f} after {steps}"
    if answer.remedy.choice == "none":
        return f"none of the seven functions helps against {name}, {sure}"
    keys = ", ".join(f"{name} from label {key}" for name, key in remedy.keys.items())
    return f"{name} asks for {answer.remedy.choice} {sure}" + (f"; {keys}" if keys else "")


def _trace(alert: Alert, answer: TriageAnswer) -> list[ReflectionStep]:
    shown = [_shown(_remediation(step.remedy, alert)) for step in answer.steps]
    return trace_of(
        TraceEntry(after, _change(before, after), step.confidence)
        for before, after, step in zip(["", *shown], shown, answer.steps, strict=False)
    )


def _change(before: str, answer: str) -> str:
    if not before:
        return "read labels and annotations"
    return "nothing changed" if before == answer else "choice or parameters changed"
