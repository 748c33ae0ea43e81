"""Everything that can draft an answer, behind the one protocol of :mod:`function.models.base`."""
