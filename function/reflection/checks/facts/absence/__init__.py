"""What the facts do not say."""
