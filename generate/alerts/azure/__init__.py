"""`alerts/azure/`: the alerts as rule groups of Azure Monitor managed Prometheus, which has no Alertmanager.

`inhibition.py` turns the inhibition rules into `unless`, `annotations.py` writes texts that fit, `rule_groups.py` makes
the groups and checks them against the limits, and `templates.py` writes them as Bicep and as an ARM template.
"""
