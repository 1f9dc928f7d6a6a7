"""`rules/path.yml`: the path to Azure and to the ESXi hosts."""
