"""Measure reflection and the networks on suites of cases."""
