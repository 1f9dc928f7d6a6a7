"""The documented failures of agentless replication: what each is, how to tell why, and what to do about it.

`catalogue` holds the entries (data, in `data/`), `classifier` and `vsphere` recognise them, `explain` prints them. No
other part of the package holds a fix text, and nothing here imports another part.
"""
