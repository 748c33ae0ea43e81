"""Sudokus to train on."""
