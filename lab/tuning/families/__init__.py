"""Families of examples, each a function from a draw to a case."""
