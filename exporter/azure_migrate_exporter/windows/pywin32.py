"""The modules of pywin32, in the embeddable Python too, which reads no `.pth` files."""

import importlib.util
import site
from pathlib import Path

if importlib.util.find_spec("pywintypes") is None:
    folders = importlib.util.find_spec("pywin32_system32")
    for folder in (folders and folders.submodule_search_locations) or ():
        site.addsitedir(str(Path(folder).parent))

import pywintypes  # first: it loads the library that the others link to
import servicemanager
import win32api
import win32con
import win32evtlog
import win32evtlogutil
import win32job
import win32service
import winerror

WindowsError = pywintypes.error

__all__ = [
    "WindowsError",
    "servicemanager",
    "win32api",
    "win32con",
    "win32evtlog",
    "win32evtlogutil",
    "win32job",
    "win32service",
    "winerror",
]
