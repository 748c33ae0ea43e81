"""What happens around an event on its way in and out: here, that it is answered only once."""
