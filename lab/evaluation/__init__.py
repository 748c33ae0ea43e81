"""Measure what is shipped on sets that nothing was trained on or chosen by."""
