"""Mazes of growing sides, and the training run of the convolution network."""
