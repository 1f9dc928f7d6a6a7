"""Azure Resource Manager: the one way to it that all collectors share, and what its ids say."""
