"""One module per endpoint, and what they share."""
