"""Collectors `servicebus` and `eventhubs`, and what they share: path, credentials, and the failures of AMQP."""
