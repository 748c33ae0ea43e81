"""Tasks that the native Tiny Recursive Model answers, one adapter a kind."""
