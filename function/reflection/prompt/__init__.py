"""Prompts: what is shown to a model, cut to its window."""
