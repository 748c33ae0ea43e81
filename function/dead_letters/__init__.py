"""Keeps events that could not be delivered, shows them and gives them back to the broker."""
