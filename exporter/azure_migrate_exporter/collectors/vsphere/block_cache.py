"""The rendered series of one vCenter as blocks, one for each object; only the blocks of changed objects are rebuilt."""

from collections.abc import Callable

from azure_migrate_exporter.exposition.measurements import Block


class BlockCache:
    """Blocks by object id. `stale` are the objects whose block must be built again, with `build`.

    `build` returns None for an object that is gone.
    """

    def __init__(self, build: Callable[[str], Block | None]) -> None:
        self._build = build
        self._blocks: dict[str, Block] = {}
        self._tuple: tuple[Block, ...] | None = None
        self.stale: set[str] = set()

    def render(self, limit: int) -> bool:
        """Rebuild at most `limit` stale blocks. Returns whether any are left."""
        for _ in range(min(limit, len(self.stale))):
            self._rebuild(self.stale.pop())
        return bool(self.stale)

    def blocks(self) -> tuple[Block, ...]:
        """Every block. The same tuple object as before if nothing changed."""
        self.render(len(self.stale))
        if self._tuple is None:
            self._tuple = tuple(self._blocks.values())
        return self._tuple

    def _rebuild(self, moid: str) -> None:
        block = self._build(moid)
        if block is not None:
            self._blocks[moid] = block
        else:
            self._blocks.pop(moid, None)
        self._tuple = None
