"""Modules that are imported when they are first needed, in a thread, since SDKs take up to a second."""

import threading
from importlib import import_module  # noqa: TID251 - the one place
from types import ModuleType
from typing import Final

_IMPORTING: Final = threading.Lock()
_imported: Final[dict[str, ModuleType]] = {}


def import_late(name: str) -> ModuleType:
    """Import a module, by its full dotted name, while no other thread imports one here.

    Packages that import one another, as those of the Azure SDK do, make Python report a deadlock when two threads begin
    with different ones of them.
    """
    if name not in _imported:
        with _IMPORTING:
            _imported[name] = import_module(name)
    return _imported[name]
