"""Running collectors: schedule, deadline, timing, reason, staleness. The only place that catches their exceptions."""
