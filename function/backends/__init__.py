"""Models that draft answers, behind the protocol of :mod:`function.backends.base`."""
