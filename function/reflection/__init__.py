"""The reflection loop: draft, check, reflect, refine, keep the best."""
