"""Metrics, spans and their export."""
