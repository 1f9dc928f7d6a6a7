"""The `explain` command: the documented failures in a text from the arguments or from standard input."""

import sys
from collections.abc import Sequence
from typing import Final

from azure_migrate_exporter.failures.model import Language
from azure_migrate_exporter.failures.pasted import MAX_PASTED
from azure_migrate_exporter.failures.pasted.plain_text import decode
from azure_migrate_exporter.failures.pasted.report import NOT_RECOGNIZED, explain_pasted

STANDARD_INPUT: Final = ("-",)
_MAX_BYTES: Final = 4 * MAX_PASTED


def explain(arguments: Sequence[str], language: Language) -> tuple[str, Sequence[str]]:
    """The page to print and the lines of an error; one of them is empty."""
    piped = tuple(arguments) == STANDARD_INPUT
    pasted = decode(sys.stdin.buffer.read(_MAX_BYTES)) if piped else " ".join(arguments)
    page = explain_pasted(pasted, language)
    return (page, ()) if page is not None else ("", [NOT_RECOGNIZED.into(language)])
