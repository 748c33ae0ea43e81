"""Bearer tokens of senders (RFC 6750), for clusters without a mesh that checks them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256

from function.errors import SenderRefused, SenderUnknown


class BearerAuth:
    """Admits senders with one of the tokens; every sender when there are none.

    :param tokens: several, so that one can be replaced while the other is still in use.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        self._digests = [_digest(token) for token in tokens]

    def admit(self, headers: Iterable[tuple[str, str]]) -> str:
        """Return the digest of the token in these headers; empty where no token is required.

        :raises SenderUnknown: it presents no bearer token.
        :raises SenderRefused: it presents a wrong one.
        """
        if not self._digests:
            return ""
        given = [value for name, value in headers if name.lower() == "authorization"]
        scheme, _, token = given[0].strip().partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.strip():
            raise SenderUnknown("a bearer token is required")
        presented = _digest(token.strip())
        # Every token is compared, and each in constant time: the time of a refusal reveals nothing.
        if not any([hmac.compare_digest(presented, known) for known in self._digests]):  # noqa: C419
            raise SenderRefused("this bearer token is not accepted")
        return presented.hex()


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogateescape")).digest()
