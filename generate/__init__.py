"""What is written from the code: `make generate` writes it, and a test fails where it differs."""
