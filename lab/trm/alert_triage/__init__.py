"""Alerts to train on."""
