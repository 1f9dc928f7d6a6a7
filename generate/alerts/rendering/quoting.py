"""Quoting within templates of Prometheus: what `azure_migrate_exporter.quoting` does."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from azure_migrate_exporter.failures.commands import Place
from azure_migrate_exporter.quoting import CONTROL, PLAIN, POWERSHELL_QUOTES, SPECIAL


def _call(function: str, *arguments: str) -> str:
    return f"{function} {' '.join(json.dumps(argument, ensure_ascii=False) for argument in arguments)}"


def _any_of(characters: str) -> str:
    return "[" + re.sub(r"[\\\]^-]", r"\\\g<0>", characters) + "]"


_DOUBLED: Final = f". | {_call('reReplaceAll', f'({_any_of(POWERSHELL_QUOTES)})', '${1}${1}')}"
_ESCAPED: Final = f"{_DOUBLED} | {_call('reReplaceAll', _any_of(CONTROL), ' ')}"
_CODED: Final = " | ".join([_DOUBLED, *(_call("reReplaceAll", one, f"' + [char]{ord(one)} + '") for one in CONTROL)])
_POWERSHELL: Final = (
    f"{{{{ if {_call('match', _any_of(CONTROL))} . }}}}('{{{{ {_CODED} }}}}')"
    f"{{{{ else }}}}'{{{{ {_DOUBLED} }}}}'{{{{ end }}}}"
)
_EITHER: Final = (
    f"{{{{ if {_call('match', f'^{PLAIN}$')} . }}}}{{{{ . }}}}"
    f"{{{{ else if and ({_call('match', _any_of(POWERSHELL_QUOTES))} .) "
    f'(not ({_call("match", _any_of(SPECIAL + CONTROL))} .)) }}}}"{{{{ . }}}}"'
    f'{{{{ else }}}}{{{{ template "powershell" . }}}}{{{{ end }}}}'
)


def _use(template: str) -> Callable[[str], str]:
    return lambda value: f'{{{{ template "{template}" {value} }}}}'


WRITERS: Final[Mapping[Place, Callable[[str], str]]] = {
    Place.POWERSHELL: _use("powershell"),
    Place.EITHER: _use("either"),
    Place.QUOTED: lambda value: f"{{{{ {value}{_ESCAPED.removeprefix('.')} }}}}",
}
"""Write an expression of a template as it stands at a place of a command; `definitions` go before the text."""


def definitions(text: str) -> str:
    """The templates that a text uses."""
    found = ""
    if '{{ template "either" ' in text:
        found = f'{{{{ define "either" }}}}{_EITHER}{{{{ end }}}}'
    if found or '{{ template "powershell" ' in text:
        found = f'{{{{ define "powershell" }}}}{_POWERSHELL}{{{{ end }}}}' + found
    return found
