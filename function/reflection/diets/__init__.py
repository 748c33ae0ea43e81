"""Foods, dishes and what guests must not have."""
