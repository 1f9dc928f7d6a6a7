"""`rules/vsphere.yml`: vCenter, ESXi hosts and virtual machines."""
