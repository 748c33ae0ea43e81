"""Mazes: codec, symmetry, search and solvers."""
