"""Property values that are not known, and why."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Denied(Enum):
    """The value of a property that our account may not read."""

    DENIED = "denied"


DENIED: Final = Denied.DENIED


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The value of a property that cannot be parsed, for instance one of a newer vSphere. `problem` is one line."""

    problem: str
