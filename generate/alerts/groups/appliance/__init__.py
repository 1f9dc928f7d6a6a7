"""`rules/appliance.yml`: the appliance, its services and its agents."""
