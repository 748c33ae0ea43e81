"""Measures what reflection is worth, and how far its confidence can be trusted."""
