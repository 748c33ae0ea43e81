"""CloudEvents: reading, writing, types and attributes."""
