"""What a shell reads of a command that somebody pastes: the documented rules, independent of the code that quotes."""

import re
import subprocess
from collections.abc import Iterator
from typing import Final

import tree_sitter_pwsh
from tree_sitter import Language, Node, Parser

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


_PARSER: Final = Parser(Language(tree_sitter_pwsh.language()))
_TYPOGRAPHIC: Final = str.maketrans(dict.fromkeys(SINGLE_QUOTES, "'"))
"""The grammar knows only the ASCII quote; PowerShell takes all of them as the same one."""


def powershell_runs(command: str) -> list[str]:
    """The commands and methods that PowerShell would run. Raises ValueError if the line is not valid, or not one."""
    tree = _PARSER.parse(command.translate(_TYPOGRAPHIC).encode())
    if tree.root_node.has_error or "\n" in command or "\r" in command:
        raise ValueError(f"not a line of PowerShell: {command}")
    return [
        text
        for node in _nodes(tree.root_node)
        if node.type in ("command_name", "member_name") and (text := _text(node))
    ]


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def bash_runs(command: str, program: str) -> list[int]:
    """How many arguments bash gives to `program`, for each time that it runs it; nothing if bash refuses the line.

    Raises ValueError if bash tries to run anything else, or writes a file.
    """
    script = f"command_not_found_handle() {{ echo other; }}; {program}() {{ echo $#; }}; {command}"
    run = subprocess.run(
        ["/bin/bash", "-c", script],
        capture_output=True,
        check=False,
        timeout=10,
        env={"PATH": "/nonexistent"},
        text=True,
    )
    if "other" in run.stdout:
        raise ValueError(f"bash runs more than {program}: {command}")
    return [int(line) for line in run.stdout.split()]
