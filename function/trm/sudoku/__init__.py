"""Sudoku: codec, symmetry, search and solvers."""
