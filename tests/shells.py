"""What a shell reads where somebody pastes an argument: the documented rules, independent of the code that quotes."""

import re
from typing import Final

SINGLE_QUOTES: Final = "'\u2018\u2019\u201a\u201b"
"""PowerShell, about_Quoting_Rules and its tokenizer: each of them opens and closes a text in single quotes."""
HOSTILE: Final = (
    "O'Brien",
    "O\u2019Brien",
    "web[1]",
    "a\u2019; Remove-Item x; \u2019",
    "a'; Remove-Item x; '",
    "a\u201b; Remove-Item x; \u201b",
    "$(x)",
    "`x`",
    "a`nb",
    "*",
    "a\nRemove-Item x",
    "a\tb\rc",
    "-Confirm:0",
    '"; rm -rf x; "',
    "it's $HOME",
    "a b",
    "a,b",
    "@x",
    "#1",
    "{vm}",
    "{{ .x }}",
    "<b>&amp;",
    "caf\u00e9",
)
"""Names that a person can type into vCenter or a portal."""

_PART: Final = re.compile(rf"[{SINGLE_QUOTES}]((?:[^{SINGLE_QUOTES}]|[{SINGLE_QUOTES}]{{2}})*)[{SINGLE_QUOTES}]")
_CHARACTER: Final = re.compile(r"\[char\](\d+)")
_DOUBLE: Final = re.compile(r'"([^"\u201c\u201d\u201e$`]*)"')
_BARE: Final = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:-]*")


def powershell_reads(argument: str) -> str:
    """The text that an argument is to PowerShell. Raises ValueError if it is anything but one text."""
    if argument.startswith("(") and argument.endswith(")") and "\n" not in argument:
        return "".join(_part(part) for part in argument[1:-1].split(" + "))
    if found := _DOUBLE.fullmatch(argument):
        return found[1]
    return argument if _BARE.fullmatch(argument) else _part(argument)


def _part(part: str) -> str:
    if found := _CHARACTER.fullmatch(part):
        return chr(int(found[1]))
    if found := _PART.fullmatch(part):
        return re.sub(rf"([{SINGLE_QUOTES}])[{SINGLE_QUOTES}]", r"\1", found[1])
    raise ValueError(f"not one text: {part}")
