"""A request from its data to its response."""
