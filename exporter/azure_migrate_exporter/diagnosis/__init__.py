"""The article's procedure, run in its order, ending in a cause and its fix.

`procedure` lists the steps for a question, `walk` asks them through the collectors, `path`, `vcenter` and `azure` read
what came back as answers to the catalogue's signals, `conclusion` finds the most upstream cause. All of these are pure
but `walk`. `command` puts them together; `report`, `document` and `progress` print. No fix is written here: `failures` holds
them, this package only orders them and fills in names.
"""
