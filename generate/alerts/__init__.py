"""`alerts/`: rules, their unit tests and their runbooks, generated from one definition of each alert.

`groups/` defines the alerts as data, `alerts/values.yml` has every number, and the catalogue of failures has the fixes.
`rendering/` writes the annotations, the rules, the unit tests for promtool, and the runbooks.
"""
