"""What `generate/` writes: alerts, runbooks, dashboards, pages, and the notes of a release."""
