"""Examples: agents and a demonstration."""
