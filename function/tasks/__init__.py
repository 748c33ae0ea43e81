"""Tasks that a network answers: from a request to an outcome."""
