"""How often Prometheus evaluates groups whose metrics move more slowly than it evaluates others."""

from typing import Final

EVERY_MINUTE: Final = "1m"
"""For what Azure's lists show, which are read once a minute, and for what machines in vCenter are like for hours.

A thousand machines have a thousand samples in each query and, when they fail, a thousand texts.
"""
