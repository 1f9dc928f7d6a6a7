"""The definition of a fault of the data centre."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_migrate_exporter.reasons import Reason

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter

Condition = Callable[["DataCenter"], AbstractAsyncContextManager[None]]
"""Entered to switch a fault on, left to switch it off."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what happens, and what the exporter shows then."""

    name: str
    part: str
    """The part of the data centre that has it, as `tests.lab.parts` names it."""
    about: str
    shows: str
    """A PromQL expression that has a result while the fault is on, and none otherwise."""
    collector: str
    """The collector that sees it."""
    reason: Reason | None
    """The reason for which that collector fails then; None if it succeeds and measures the fault."""
    condition: Condition
    passes: bool = False
    """Whether it is an event that ends by itself, so that `shows` may still have a result after it is off."""
