"""Values of a template that are not known before its deployment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The value of a parameter, followed by a text."""

    parameter: str
    suffix: str


@dataclass(frozen=True, slots=True)
class GroupLocation:
    """The region of the resource group of the deployment."""


Value = str | int | bool | Parameter | Joined | GroupLocation | list["Value"] | dict[str, "Value"]
"""What a template contains."""
