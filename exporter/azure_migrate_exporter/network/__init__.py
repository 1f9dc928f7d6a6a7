"""The one way out of the process: names, addresses, proxies, TLS, HTTP, and who it was that answered."""
