"""`rules/capacity.yml`: NFC buffers and datastores."""
