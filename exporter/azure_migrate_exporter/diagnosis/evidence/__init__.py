"""What each source says about a step of the procedure, one module a source."""
