"""Suites of cases, written by ``python -m lab.suites``."""
