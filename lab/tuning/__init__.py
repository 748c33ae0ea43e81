"""Tuning of the embedded model: examples, training, evaluation, export of the adapter."""
