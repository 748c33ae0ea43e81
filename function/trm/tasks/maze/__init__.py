"""Mazes up to the size of a network's grid: field, codec, symmetries, generator."""
