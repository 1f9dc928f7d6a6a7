"""Asking one vault: its client, the limit of requests, what is due, and the details of machines in turn."""
