"""The HTTP side of the function: servers, routes, and the APIs that it speaks."""
