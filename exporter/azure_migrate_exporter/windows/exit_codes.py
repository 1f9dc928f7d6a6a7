"""The exit codes of the service, which the service manager keeps as service-specific ones."""

from typing import Final

REFUSED: Final = 1
"""It could not start: configuration, listen address, log file."""
BUG: Final = 2
