"""Hard sudokus: a rating by guesses, a generator that climbs on it, and the training run."""
