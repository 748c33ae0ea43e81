"""Tasks: what a network reads and writes, and how an answer is checked."""
