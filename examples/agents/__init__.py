"""The six agents, each a program of its own on the client ``agent_trm``."""
