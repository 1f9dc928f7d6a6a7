"""`alerts/`: rules, their tests and their runbooks, all from one definition of each alert.

`groups/` defines the alerts as data, `alerts/values.yml` holds every number, and the fixes are the catalogue's. `rules`
writes what Prometheus loads, `promtool` the cases that prove it, `runbooks` a page for each alert.
"""
