"""How many inputs the property-based tests generate: 2,000 in a normal run, the same ones each time; more at night."""

import os
from typing import Final

from hypothesis import HealthCheck, settings

NORMAL: Final = 2000
EXAMPLES: Final = int(os.environ.get("EXAMPLES", NORMAL))
"""Inputs of the largest tests. ``make properties EXAMPLES=100000`` is the nightly run, with random ones."""


def generated(examples: int = NORMAL) -> settings:
    """Settings of a property-based test with that many inputs in a normal run, and without a time limit for one."""
    return settings(
        max_examples=max(1, examples * EXAMPLES // NORMAL),
        deadline=None,
        database=None,
        derandomize=EXAMPLES == NORMAL,
        suppress_health_check=list(HealthCheck),
    )
