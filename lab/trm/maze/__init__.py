"""Mazes to train on."""
