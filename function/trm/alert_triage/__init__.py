"""Alert triage: codec, vocabulary and network."""
