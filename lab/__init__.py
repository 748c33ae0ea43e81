"""Training, tuning, evaluation and suites: never served, in neither the wheel nor the image."""
