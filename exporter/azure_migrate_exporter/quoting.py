"""Quoting: a name as one argument of a command that somebody pastes into a shell, whatever characters it has.

The rules of alerts need the same within templates of Prometheus: `generate/alerts/rendering/quoting.py` writes it
there, from the constants of this module.
"""

import re
import shlex
from typing import Final

from azure_migrate_exporter.text import valid_text

POWERSHELL_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
"""The characters that PowerShell takes as a single quote. Two of them within single quotes stand for one."""
CONTROL: Final = "\t\n\r"
"""The control characters that `valid_text` leaves. A shell acts on them as soon as they are pasted."""
SPECIAL: Final = '$`"\\!\u201c\u201d\u201e'
"""The characters that mean something within double quotes, to PowerShell or to bash."""
PLAIN: Final = "[A-Za-z0-9_./][A-Za-z0-9_./:-]*"
"""A word that no shell changes. The expression means the same to Python and to Go."""

_DOUBLED: Final = str.maketrans({quote: quote * 2 for quote in POWERSHELL_QUOTES})
_SPACES: Final = str.maketrans(dict.fromkeys(CONTROL, " "))
_CODES: Final = str.maketrans({character: f"' + [char]{ord(character)} + '" for character in CONTROL})


def powershell_quote(value: str) -> str:
    """`value` as an argument for PowerShell: a literal on one line, or an expression if it has line breaks or tabs."""
    literal = f"'{valid_text(value).translate(_DOUBLED)}'"
    coded = literal.translate(_CODES)
    return literal if coded == literal else f"({coded})"


def powershell_escape(value: str) -> str:
    """`value` as a part of a text that stands in single quotes already; spaces replace line breaks and tabs."""
    return valid_text(value).translate(_DOUBLED).translate(_SPACES)


def posix_quote(value: str) -> str:
    """`value` as one word for sh, bash and their relatives."""
    return shlex.quote(valid_text(value))


def either_quote(value: str) -> str:
    """`value` as one word for PowerShell and for bash alike, where nobody knows in which of them it will be pasted.

    A name that has a quote and one of the `SPECIAL` characters has no such form. PowerShell reads it well then; to bash
    it is another name, or an error, and never a command.
    """
    value = valid_text(value)
    if re.fullmatch(PLAIN, value):
        return value
    if any(quote in value for quote in POWERSHELL_QUOTES) and not any(one in value for one in SPECIAL + CONTROL):
        return f'"{value}"'
    return powershell_quote(value)
