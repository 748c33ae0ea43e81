"""Answers one event from a file: ``python -m function job``, as Knative's JobSink runs it.

A JobSink starts one Job an event and lays the event into ``$K_EVENT_PATH/event``. The Job has no
HTTP request to outlast, so it may take hours; its reply goes to ``K_SINK``.
"""

from __future__ import annotations

from pathlib import Path

from function.errors import ConfigurationError, TryAgain
from function.events.codec import STRUCTURED_TYPE, decode
from function.service import Service

LOAD_SECONDS = 600
EVENT_FILE = "event"


def answer_file(service: Service, folder: str | None) -> int:
    """Answer the event in ``folder``; returns the exit status.

    0: the sink has the reply, or the event is none of ours. 1: it can be tried again, or is no
    event at all.

    :param folder: ``K_EVENT_PATH``.
    :raises ConfigurationError: there is no sink to send the reply to, or no file.
    """
    if service.settings.sink is None:
        raise ConfigurationError("K_SINK is not set: a job has nowhere to send its reply")
    if service.settings.reply == "response":
        raise ConfigurationError("TRM_REPLY is response: a job has no response to reply in")
    path = Path(folder or "") / EVENT_FILE
    if folder is None or not path.is_file():
        raise ConfigurationError("K_EVENT_PATH names no folder with an event in it")
    service.start()
    try:
        service.chain.wait(LOAD_SECONDS)
        answer = service.exchange.answer([("content-type", STRUCTURED_TYPE)], path.read_bytes())
        if answer.status == 200:  # a type whose replies stay in the response, which has no reader
            service.reply_router.send(
                decode(answer.headers, answer.body), service.reply_router.limit()
            )
    except TryAgain:
        return 1
    finally:
        service.close()
    return 0 if answer.status in (200, 202, 204) else 1
