"""What `diagnose` prints: progress while it runs, then a report as text or JSON, in two languages."""
