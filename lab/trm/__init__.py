"""Train and measure recursive networks."""
