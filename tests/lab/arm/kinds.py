"""The kinds of requests that the lab answers: what counters count by and what faults choose by."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a request asks for. A LIST that comes in pages is one request a page."""

    ITEMS = "items"
    """Migration items of a vault."""
    CONTAINER_ITEMS = "container items"
    ITEM = "item"
    RECOVERY_POINTS = "recovery points"
    EVENTS = "events"
    EVENT = "event"
    JOBS = "jobs"
    JOB = "job"
    PROVIDERS = "providers"
    FABRICS = "fabrics"
    FABRIC = "fabric"
    CONTAINERS = "containers"
    MAPPINGS = "mappings"
    POLICIES = "policies"
    VAULT_HEALTH = "vault health"
    APPLIANCES = "appliances"
    VAULT = "vault"
    VAULTS = "vaults"
    SITE = "site"
    PROJECT = "project"
    PROJECTS = "projects"
    SOLUTION = "solution"
    SOLUTIONS = "solutions"
    RESOURCES = "resources"
    """All resources of a group or of the subscription."""
    RESOURCE = "resource"
    """One storage account, Service Bus namespace or key vault."""
    RESOURCE_GRAPH = "resource graph"
    REGISTER = "register"
    """What the SDK does by itself when it is told that a provider is not registered."""
    OTHER = "other"
    """Nothing that exists."""


LISTS: Final = frozenset(
    {
        Kind.ITEMS,
        Kind.CONTAINER_ITEMS,
        Kind.RECOVERY_POINTS,
        Kind.EVENTS,
        Kind.JOBS,
        Kind.PROVIDERS,
        Kind.FABRICS,
        Kind.CONTAINERS,
        Kind.MAPPINGS,
        Kind.POLICIES,
        Kind.APPLIANCES,
        Kind.VAULTS,
        Kind.PROJECTS,
        Kind.SOLUTIONS,
        Kind.RESOURCES,
    }
)
"""Answered with a page of `value` and `nextLink`."""
