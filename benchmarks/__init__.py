"""Figures of the function beside its peers, as ratios measured in one run on one machine."""
