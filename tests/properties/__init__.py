"""Property-based tests: whatever a peer answers or a person writes, it is read or refused in plain words."""
