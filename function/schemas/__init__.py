"""Schemas, patterns and expressions of senders: bounded before they run."""
