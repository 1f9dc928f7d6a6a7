"""Names, series and queries that the alerts of several groups share."""
