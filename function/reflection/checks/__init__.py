"""Checks of answers, by program."""
