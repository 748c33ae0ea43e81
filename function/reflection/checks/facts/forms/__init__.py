"""The form that a question demands of a text."""
