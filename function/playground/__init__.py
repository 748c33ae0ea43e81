"""The page at ``/``: try a request, watch it being answered."""
