"""The generated files: `make generate` writes them from the code, and a test fails if one is out of date."""
