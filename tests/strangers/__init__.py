"""Every check of the product against everything that may answer in the place of the service that it asks."""
