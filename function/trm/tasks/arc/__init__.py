"""ARC puzzles that a network was trained on: grids, augmentations, voting."""
