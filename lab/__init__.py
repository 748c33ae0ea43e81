"""Training, curricula, generators and judging: never served, in neither the wheel nor the image."""
