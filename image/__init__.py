"""Builds the image without a registry, runs it locked up, and says what is in it."""
