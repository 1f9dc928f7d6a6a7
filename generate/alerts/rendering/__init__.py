"""What is written for each alert: annotations, rules, unit tests for promtool, and runbook pages."""
