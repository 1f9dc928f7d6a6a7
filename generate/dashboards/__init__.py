"""`dashboards/`: the Grafana dashboards as data, and what writes their JSON and the pictures of their layout.

`boards/` has one file for each dashboard. A metric or label that does not exist is an error.
"""
