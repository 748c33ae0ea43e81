"""What stands as text: in the facts, in the instructions, or as a message by itself."""
