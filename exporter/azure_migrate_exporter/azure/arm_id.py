"""ARM ids: paths of alternating names and values, compared without regard to case."""

from dataclasses import dataclass
from typing import Final

STORAGE_ACCOUNT: Final = "microsoft.storage/storageaccounts"
SERVICEBUS_NAMESPACE: Final = "microsoft.servicebus/namespaces"
KEY_VAULT: Final = "microsoft.keyvault/vaults"
VMWARE_SITE: Final = "microsoft.offazure/vmwaresites"


@dataclass(frozen=True, eq=False, slots=True)
class ArmId:
    """An id as Azure wrote it. Ids that differ in case alone are equal."""

    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArmId) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.text.lower()

    def segment(self, name: str) -> str:
        """The value that follows `name` in the id, for instance ``replicationFabrics``; empty without such a name."""
        parts, wanted = self.text.strip("/").split("/"), name.lower()
        pairs = zip(parts[::2], parts[1::2], strict=False)
        return next((value for found, value in pairs if found.lower() == wanted), "")

    def ancestor(self, child: str) -> "ArmId | None":
        """The id before the segment `child`: the site of ``…/vmwareSites/{site}/machines/{machine}`` for ``machines``.

        None without such a segment.
        """
        at = self.key.rfind(f"/{child.lower()}/")
        return ArmId(self.text[:at]) if at > 0 else None

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
    def group_id(self) -> "ArmId":
        """Id of the resource group."""
        return ArmId(f"/subscriptions/{self.subscription}/resourceGroups/{self.group}")

    @property
    def type(self) -> str:
        """Provider and type in lower case, ``microsoft.storage/storageaccounts``; empty for what is no resource."""
        _, _, rest = self.key.partition("/providers/")
        provider, *parts = rest.split("/")
        return "/".join([provider, *parts[::2]]) if parts else ""

    def within(self, other: "ArmId") -> bool:
        """Whether it is below `other`."""
        return self.key.startswith(other.key.rstrip("/") + "/")
