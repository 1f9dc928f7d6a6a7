"""What the collectors `servicebus` and `eventhubs` share: the way to a namespace, its credentials, and its failures."""
