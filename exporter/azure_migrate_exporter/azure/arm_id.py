"""ARM ids: paths in which names and values alternate, and whose case means nothing."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class ArmId:
    """An id as Azure wrote it; two that differ in case alone are equal."""

    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArmId) and self.text.casefold() == other.text.casefold()

    def __hash__(self) -> int:
        return hash(self.text.casefold())

    def __str__(self) -> str:
        return self.text

    @cached_property
    def _segments(self) -> dict[str, str]:
        parts = self.text.strip("/").split("/")
        return {name.casefold(): value for name, value in zip(parts[::2], parts[1::2], strict=False)}

    def segment(self, name: str) -> str:
        """What follows `name` in the id, for instance ``replicationFabrics``; empty if nothing does."""
        return self._segments.get(name.casefold(), "")

    @property
    def name(self) -> str:
        """The last segment."""
        return self.text.rstrip("/").rpartition("/")[2]

    @property
    def subscription(self) -> str:
        """Id of the subscription."""
        return self.segment("subscriptions")

    @property
    def group(self) -> str:
        """Name of the resource group."""
        return self.segment("resourceGroups")

    @property
    def type(self) -> str:
        """Provider and type in lower case, ``microsoft.storage/storageaccounts``; empty for what is no resource."""
        _, _, rest = self.text.casefold().partition("/providers/")
        provider, *parts = rest.split("/")
        return "/".join([provider, *parts[::2]]) if parts else ""

    def within(self, other: "ArmId") -> bool:
        """Whether it is below `other`."""
        return self.text.casefold().startswith(other.text.casefold().rstrip("/") + "/")
