"""Spans and metrics over OTLP; imported only where an endpoint is set."""
