"""The exporter as a Windows service: what is installed (`plan`), and how it runs under the service manager.

`plan` and `firewall` are data and run anywhere; the other modules call Windows through pywin32 and are imported there
only.
"""
