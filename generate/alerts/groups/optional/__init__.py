"""`rules/optional/`: alerts on metrics of other exporters."""
