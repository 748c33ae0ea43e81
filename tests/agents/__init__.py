"""The homelab's agents: their calls and how they read the replies, against the served function."""
