"""Other APIs that the function speaks, each a thin adapter before the same handler."""
