"""What each agent gets when its requests do not say otherwise: one TOML file an agent."""
