"""The sink: where replies go that no caller waits for, named by Knative in ``K_SINK``.

An event counts as sent when the sink answered 2xx, and never before. What did not arrive raises
an error that the sender of the request sees as 503: its broker delivers the request again, and
the reply is sent again from the store, with the same id and without a second inference.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from random import random as fraction
from threading import Condition, Thread

import httpx
from cloudevents.core.v1.event import CloudEvent

from function.deadline import Clock, Deadline
from function.errors import ConfigurationError, TryAgain
from function.events.codec import encode
from function.events.message import HttpMessage
from function.outbound.proxies import client_for
from function.outbound.retry import advised_seconds
from function.telemetry import Field, Log

# Which 4xx pass by themselves, as Knative's channels see it: SelectiveRetry in knative/eventing,
# pkg/kncloudevents/retries.go, plus 425. Every other 4xx says that this event will never do.
RETRIED = frozenset(
    (
        404,  # Knative: returned while a pod behind the address becomes ready
        408,  # Knative: Request Timeout, "good practice to issue a retry"
        409,  # Knative retries a Conflict (its own tests answer it): the sink may settle
        425,  # RFC 8470, section 5.2: a proxy on the way sent it before its TLS handshake ended
        429,  # Knative: Too Many Requests, which a pause is the cure for
    )
)
# Knative retries every 5xx, also those that look permanent: a proxy answers 501 and 505 too while
# the sink behind it is replaced. It retries no 3xx, and neither it nor this follows one: the
# location of a redirect is not an address that the operator has chosen.

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
READ_SECONDS = 600.0
"""How long a post may go unanswered. A broker over a synchronous in-memory channel answers only
after every subscriber has, and cancels all of that when the connection is closed: deploy/ retries
for 255 s, and each of the nine attempts may take 30 s."""
MOST_POSTS = 256
"""Posts under way at once, those that no thread waits for any more included."""
CLOSING_SECONDS = 5.0
DRAIN_SECONDS = 0.5
DRAIN_BYTES = 65_536
LONGEST_ADVICE_SECONDS = 300

_OUTSIDE_A_URL = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")
_CERTIFICATE = re.compile(
    "-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]+-----END CERTIFICATE-----", re.ASCII
)


class SinkUnavailable(TryAgain):
    """The sink did not accept the event; the redelivered request sends the stored reply again."""


@dataclass(frozen=True)
class _Result:
    """What one attempt came to; no status when no answer arrived."""

    status: int | None
    reason: str
    advised: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        return self.status is None or self.status >= 500 or self.status in RETRIED


class Sink:
    """Posts events to one address over pooled connections; safe to share between threads.

    :param url: ``K_SINK``.
    :param ca_certs: ``K_CA_CERTS``: the certificates themselves as PEM text, trusted in addition
        to the system's.
    :param transport: replaces the network in tests.
    :param sleep: waits that many seconds between attempts.
    :param random: a fraction from 0 to 1 for the jitter.
    :param now: seconds since the epoch, for a ``Retry-After`` that names a date.
    :raises ConfigurationError: the address is not an HTTP URL, or ``ca_certs`` has no
        certificate.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_certs: str | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = fraction,
        now: Clock = time.time,
        log: Log,
    ) -> None:
        self._url = _address(url)
        self._client = client_for(
            str(self._url),
            transport=transport,
            verify=_trust(ca_certs),
            limits=httpx.Limits(max_connections=MOST_POSTS, max_keepalive_connections=20),
        )
        self._posts = 0
        self._settled = Condition()
        self._sleep = sleep
        self._random = random
        self._now = now
        self._log = log

    def send(self, event: CloudEvent, deadline: Deadline, most: int = MOST_POSTS) -> None:
        """Post ``event`` in binary mode; returns only after the sink has accepted it.

        :param most: posts under way with which this one is not even tried.
        :raises SinkUnavailable: see :meth:`post`.
        :raises ValueError: the event cannot be written; see :func:`function.events.codec.encode`.
        """
        cause = event.get_extension("causationid")
        reply = event.get_id() if cause else None
        named = {"id": cause or event.get_id(), "reply": reply}
        self.post(encode(event), deadline, named, most)

    def post(
        self,
        message: HttpMessage,
        deadline: Deadline,
        named: Mapping[str, Field],
        most: int = MOST_POSTS,
    ) -> None:
        """Post a message as it is; returns only after the sink has accepted it.

        Failures that pass are retried with exponential backoff and full jitter
        (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), no sooner
        than ``Retry-After`` says. Nothing outlasts the deadline, neither a pause nor a name
        lookup nor a sink that answers byte by byte. A post that is not answered by then goes on
        without its sender, because hanging up would cancel what the sink does with it.

        :param named: what the log line of a failure calls the message.
        :raises SinkUnavailable: refused for good, attempts used up, or no time left for another.
        """
        result = _Result(None, "DeadlinePassed")
        attempts = 0
        while not deadline.passed:
            result = self._attempt(message, deadline, most)
            if result.accepted:
                return
            ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempts)
            pause = max(result.advised, ceiling * self._random())
            attempts += 1
            if not result.passing or attempts == ATTEMPTS or pause >= deadline.left:
                break
            self._sleep(pause)
        write = self._log.warning if result.passing else self._log.error
        write(
            "trm_sink_failed",
            **named,
            status=result.status,
            reason=result.reason,
            attempts=attempts,
        )
        advice = ceil(min(result.advised or LONGEST_PAUSE_SECONDS, LONGEST_ADVICE_SECONDS))
        raise SinkUnavailable(f"the sink did not accept the event: {result.reason}", advice)

    def close(self) -> None:
        """Close every connection; posts under way get a moment, and no other may follow."""
        with self._settled:
            self._settled.wait_for(lambda: self._posts == 0, CLOSING_SECONDS)
        self._client.close()

    def _attempt(self, message: HttpMessage, deadline: Deadline, most: int) -> _Result:
        """Post once, in a thread of its own, because time limits of sockets are per read: they
        bound neither the resolver nor an answer that drips. The thread can outlive the wait."""
        with self._settled:
            if self._posts >= most:
                return _Result(None, "TooManyPosts")
            self._posts += 1
        heard: Future[_Result] = Future()
        worker = Thread(target=self._post, args=(message, heard), daemon=True)
        worker.start()
        try:
            result = heard.result(max(deadline.left, 0.0))
        except TimeoutError:
            return _Result(None, "Timeout")
        except httpx.TransportError as error:
            return _Result(None, _reason(error))
        # The body is of no use, but a connection is used again only after it has been read.
        worker.join(max(0.0, min(DRAIN_SECONDS, deadline.left)))
        return result

    def _post(self, message: HttpMessage, heard: Future[_Result]) -> None:
        timeout = httpx.Timeout(CONNECT_SECONDS, read=READ_SECONDS)
        try:
            headers = [(name.encode(), value.encode("latin-1")) for name, value in message.headers]
            with self._client.stream(
                "POST", self._url, headers=headers, content=message.body, timeout=timeout
            ) as answer:
                status = answer.status_code
                advised = advised_seconds(answer.headers, self._now)
                heard.set_result(_Result(status, f"status {status}", advised))
                _drain(answer)
        except Exception as error:
            # Once the status is known, a body that breaks off changes nothing.
            if not heard.done():
                heard.set_exception(error)
        finally:
            with self._settled:
                self._posts -= 1
                self._settled.notify_all()


def _drain(answer: httpx.Response) -> None:
    """Read a short body to its end; leaving a long or slow one closes its connection."""
    until = time.monotonic() + DRAIN_SECONDS
    for _ in answer.iter_raw():
        if answer.num_bytes_downloaded > DRAIN_BYTES or time.monotonic() > until:
            break


def _address(url: str) -> httpx.URL:
    text = url.strip()
    with suppress(httpx.InvalidURL, ValueError):
        address = httpx.URL(text)
        if _OUTSIDE_A_URL.search(text):
            raise ValueError(text)
        address.host.encode("idna")  # what the resolver would refuse on every event
        if address.scheme in ("http", "https") and address.host and (address.port or 1) < 65_536:
            return address
    raise ConfigurationError("K_SINK is not an http or https URL")


def _trust(ca_certs: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_certs and ca_certs.strip():
        # Only the certificates: bundles carry comments in UTF-8, which OpenSSL's reader refuses.
        blocks = _CERTIFICATE.findall(ca_certs)
        try:
            context.load_verify_locations(cadata="\n".join(blocks))
        except (ssl.SSLError, ValueError):
            raise ConfigurationError("K_CA_CERTS holds no usable PEM certificate") from None
    return context


def _reason(error: httpx.TransportError) -> str:
    # The one failure of a connection that an operator repairs with a setting.
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "CertificateVerifyFailed"
    return type(error).__name__
