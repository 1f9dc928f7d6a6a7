"""The .deb and the .rpm, installed into small systems made by debootstrap: `make test-packages`. Needs root.

No service manager runs in these systems. What the packages ask of it is recorded; what it does with the unit is left to
`systemctl` and `systemd-analyze`, which work on files.
"""
