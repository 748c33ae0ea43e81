"""ARC: codec, augmentation and voting."""
