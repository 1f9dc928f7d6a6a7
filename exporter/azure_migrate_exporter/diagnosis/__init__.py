"""Runs the article's procedure and concludes with a cause and its fix.

`stages` lists the procedure, `procedure` plans the steps for a question, `runner` runs the collectors. `evidence` turns
their answers into observations of the catalogue's signals, `conclusion` finds the most upstream cause. `progress`,
`text_report` and `json_report` print. Only `runner` and the command wait for anything.

Fix texts live in `failures`; this package orders them and fills in the names.
"""
