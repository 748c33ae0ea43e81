"""Models that torch runs."""
