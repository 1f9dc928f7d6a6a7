"""The article's procedure, run in its order, ending in a cause and its fix.

`procedure` lists the steps for a question. `walk` asks them through the collectors. `path`, `vcenter` and `azure` read
what came back as answers to the catalogue's signals, `conclusion` finds the most upstream cause in them. `command` puts
this together; `report`, `document` and `progress` print. Only `walk` and `command` wait for anything.

No fix is written here: `failures` holds them. This package orders them and fills in the names.
"""
