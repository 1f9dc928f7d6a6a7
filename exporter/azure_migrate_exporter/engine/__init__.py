"""Runs the collectors: schedule, deadline, timing, reason, staleness. Only here are their exceptions caught."""
