"""What `/metrics` says: the one table of every metric, the measurements of a run, and their rendering."""
