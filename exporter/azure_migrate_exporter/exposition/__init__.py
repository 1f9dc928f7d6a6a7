"""The exposition format: the table of all metrics, the measurements of a run, and their rendering."""
