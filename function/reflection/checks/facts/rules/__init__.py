"""Rules that a request states: whether they are met, and what breaks them."""
