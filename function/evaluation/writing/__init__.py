"""Writes the suites that are shipped; the same text every time."""
