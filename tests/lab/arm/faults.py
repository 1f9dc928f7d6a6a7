"""Faults of ARM's answers. Faults of the network are `tests.lab.tcp.Fault`."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from tests.lab.arm.kinds import Kind


class Trouble(StrEnum):
    """One kind of bad answer."""

    THROTTLED = "throttled"
    """429 with Retry-After."""
    UNAVAILABLE = "unavailable"
    """503."""
    INTERNAL = "internal"
    """500."""
    TRUNCATED = "truncated"
    """200 with JSON that ends in the middle."""
    CUT = "cut"
    """200, and the connection breaks in the middle of the body."""
    PROXY = "proxy"
    """200 with a proxy's page in HTML."""
    PROXY_REFUSES = "proxy refuses"
    """403 with a proxy's page in HTML."""
    TOKEN_EXPIRED = "token expired"
    """401: the token is no longer valid."""
    FORBIDDEN = "forbidden"
    """403: the caller has no role there."""
    DELETED = "deleted"
    """404: the vault, or whatever was asked for, is gone."""
    UNREGISTERED = "unregistered"
    """409: the resource provider is not registered in the subscription."""
    SILENT = "silent"
    """The request is read and never answered."""
    SLOW = "slow"
    """The answer comes after `delay` seconds of the lab's clock."""


@dataclass(eq=False)
class Rule:
    """One trouble that is on. It ends with its context, with `off`, or after `times` requests."""

    trouble: Trouble
    kinds: frozenset[Kind] | None
    scope: str
    times: int | None
    retry_after: int | None
    delay: float
    hits: int = 0
    """Requests that it has affected so far."""
    _on: list["Rule"] = field(default_factory=list, repr=False)

    def applies_to(self, kind: Kind, path: str) -> bool:
        """Whether it affects such a request."""
        if self.times is not None and self.hits >= self.times:
            return False
        return (self.kinds is None or kind in self.kinds) and self.scope in path.lower()

    def off(self) -> None:
        """Switch it off; nothing changes if it is off already."""
        if self in self._on:
            self._on.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.off()


class Faults:
    """The troubles that are on. The first one that applies to a request affects it."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def on(
        self,
        trouble: Trouble,
        *,
        kinds: Collection[Kind] | None = None,
        scope: str = "",
        times: int | None = None,
        retry_after: int | None = 17,
        delay: float = 1.0,
    ) -> Rule:
        """Switch a trouble on, for requests of these kinds whose path contains `scope`, so many times or until off.

        `scope` is for instance a vault's or a machine's name; `retry_after` None leaves the header out.
        """
        chosen = None if kinds is None else frozenset(kinds)
        rule = Rule(trouble, chosen, scope.lower(), times, retry_after, delay, _on=self._rules)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Switch everything off."""
        self._rules.clear()

    def match(self, kind: Kind, path: str) -> Rule | None:
        """The trouble that affects such a request; its hits are counted."""
        for rule in self._rules:
            if rule.applies_to(kind, path):
                rule.hits += 1
                return rule
        return None
