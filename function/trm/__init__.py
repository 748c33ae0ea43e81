"""The Tiny Recursive Model: network, checkpoints, engine, tasks, training."""
