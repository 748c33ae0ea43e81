"""Verifiers of answers over the facts of a request: certain, or silent."""
