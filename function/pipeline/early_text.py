"""Whether text of an answer may be shown while it is written: no other may replace it then."""

from __future__ import annotations

from function.contract import NO_CHECKS, InferenceRequest, ReflectionMode
from function.profiles.profile import Profile

_REFLECTION = frozenset(("reflection_mode", "max_reflection_steps"))


def may_be_shown_early(request: InferenceRequest, profile: Profile | None) -> bool:
    """Return whether the first draft may be the answer of a request whose sender reads a stream.

    It is plain text without checks, rules and samples, and neither the request nor its profile
    asks for reflection. Then only the basic checks could have it refined, and early text is worth
    more.
    """
    if request.kind != "text" or request.response_format is not None or request.samples > 1:
        return False
    if request.checks != NO_CHECKS or request.rules or request.fill:
        return False
    if profile is not None and profile.below_confidence is not None:
        return False
    return _never_reflects(request) or not request.model_fields_set & _REFLECTION


def _never_reflects(request: InferenceRequest) -> bool:
    """Return whether the request has its first draft for its answer anyway."""
    return request.reflection_mode is ReflectionMode.NEVER or request.max_reflection_steps == 0


def without_reflection(request: InferenceRequest) -> InferenceRequest:
    """Return the request with its first draft for its answer."""
    if _never_reflects(request):
        return request
    return request.model_copy(update={"reflection_mode": ReflectionMode.NEVER})
