"""What can go wrong for a caller.

TRMError
├── Refused      the same request can never succeed
└── Unavailable  nothing answered in time; the same request can succeed later
"""

from __future__ import annotations


class TRMError(Exception):
    """Base of everything the client raises."""


class Refused(TRMError):
    """The function gave the request up for good; ``code`` is its word for the reason."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code


class Unavailable(TRMError):
    """No answer for the moment; ``retry_after`` is the pause asked for, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
