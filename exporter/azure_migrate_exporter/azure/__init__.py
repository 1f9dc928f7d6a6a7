"""Azure as all collectors see it: identities, Resource Manager, ids, and JSON that is read without trusting it."""
