"""The documented failures of agentless replication: what each is, how to tell why, and what to do about it.

`catalogue` holds the entries (data, in `data/`), `classifier` and `vsphere` recognise one, `explain` prints it. Nothing
here imports another part of the package, and no other part holds a fix text.
"""
