"""Confidence in an answer and what it is computed from."""
