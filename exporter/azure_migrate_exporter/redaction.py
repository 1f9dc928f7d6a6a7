"""Removes secrets from every text that leaves the process: by the value of known secrets, and by patterns.

By value: `remember` registers what `Secret.read` returned; its encoded forms are replaced too. By pattern: what looks
like a secret in texts of SDKs and peers, for secrets that the exporter itself never read.
"""

import base64
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from azure_migrate_exporter.text import valid_text

MASK: Final = "<secret>"
SHORTEST: Final = 4
"""Characters of the shortest form that is replaced: shorter ones occur in ordinary words."""
SHORTEST_IN_NAMES: Final = 12
"""The same for labels and whole pages: a weak password must not change the name of a machine or a style sheet."""
KEPT_SECRETS: Final = 256
"""Secrets remembered; a rotated one is forgotten when so many newer ones were read."""

_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.VERBOSE)
    for pattern in (
        # a name and its value: in a query, a connection string, a header, JSON or prose
        r"""( \b(?:sig|SharedAccessKey|AccountKey|SharedAccessSignature|client_secret|client_assertion|assertion
              |password|passwd|pwd|token|access_token|refresh_token)["']?\s*[=:]\s* )
            (?: "[^"]*" | '[^']*' | [^\s"'&;,<>]+ )""",
        r"""( \bauthorization["']?\s*[=:]\s*["']?(?:(?:Bearer|Basic|Negotiate|NTLM)\s+)? ) [^\s"']+""",
        # a credential after its scheme, which differs from a word by a digit, a sign or a capital inside
        r"""( \b(?:Bearer|Basic|Negotiate|NTLM)\s+ ) (?-i:(?=\S+[A-Z0-9+/=])) [^\s"']+""",
        # the password in a URL, but not the port
        r"""( ://[^/\s:@]*: ) [^\s/]+ (?=@)""",
    )
)
_SENSITIVE_PART: Final = re.compile(
    r"(?:^|[?&;])(?:sig|SharedAccessKey|AccountKey|SharedAccessSignature)=([^&;\s]+)", re.IGNORECASE
)
_LONG_LINE: Final = 16
"""Characters from which on a single line of a secret of several lines (a key file) is a secret itself."""


class _Registry:
    """The forms of all remembered secrets, longest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: OrderedDict[str, frozenset[str]] = OrderedDict()
        self.forms: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        if secret in self._secrets:
            return
        with self._lock:
            self._secrets[secret] = frozenset(_forms(secret))
            while len(self._secrets) > KEPT_SECRETS:
                self._secrets.popitem(last=False)
            self.forms = tuple(sorted(frozenset().union(*self._secrets.values()), key=len, reverse=True))
        _masked_label.cache_clear()

    def mask(self, text: str, shortest: int) -> str:
        for form in self.forms:
            if len(form) < shortest:
                break
            if form in text:
                text = text.replace(form, MASK)
        return text


_registry: Final = _Registry()


def remember(secret: str) -> None:
    """Replace `secret` from now on, in every encoding of `_forms`, wherever a text leaves the process."""
    _registry.add(secret)


def redact_values(text: str) -> str:
    """`text` with every remembered secret replaced."""
    return _registry.mask(text, SHORTEST)


def redact_page(text: str) -> str:
    """A whole page, whose messages are redacted already, with every remembered secret of some length replaced."""
    return _registry.mask(text, SHORTEST_IN_NAMES)


def redact(text: str) -> str:
    """`text` with every remembered secret, and the value of everything that looks like one, replaced."""
    text = redact_values(text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def one_line(value: object, limit: int = 400) -> str:
    """`value` as valid text, redacted, on one line, and no longer than `limit` characters."""
    line = " ".join(redact(valid_text(value)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def redact_label(value: object) -> str:
    """`value` as valid text for a label, without remembered secrets."""
    return _masked_label(value if type(value) is str else valid_text(value))


@lru_cache(maxsize=65536)
def _masked_label(text: str) -> str:
    return _registry.mask(valid_text(text), SHORTEST_IN_NAMES)


def _forms(secret: str) -> Iterator[str]:
    """`secret` and its sensitive parts as plain text, HTML, JSON and base64, each percent-encoded up to twice."""
    for part in _parts(secret):
        for form in {part, *_escaped(part), *_base64(part.encode("utf-8", "surrogatepass"))}:
            yield from (encoded for encoded in _percent_encoded(form) if len(encoded) >= SHORTEST)


def _parts(secret: str) -> set[str]:
    """The secret, its form on one line, its long lines, and the keys in a connection string or a query."""
    keys = _SENSITIVE_PART.findall(secret)
    lines = [line for line in secret.splitlines() if len(line) >= _LONG_LINE and not line.startswith("-----")]
    return {secret, secret.strip(), " ".join(secret.split()), *lines, *keys, *map(unquote, keys)}


def _escaped(text: str) -> Iterable[str]:
    """HTML with and without quotes escaped, JSON with and without non-ASCII characters, Python's repr."""
    return (
        escape(text),
        escape(text, quote=False),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
    )


def _base64(data: bytes) -> Iterator[str]:
    """The characters that depend on nothing but `data`, for each of the three alignments, in both alphabets."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).rstrip(b"=")
        first = (8 * before + 5) // 6  # the first character with bits of `data` only
        last = 8 * (before + len(data)) // 6
        core = encoded[first:last].decode()
        yield core
        yield core.translate(str.maketrans("+/", "-_"))
        if before == 0:
            yield encoded.decode()


def _percent_encoded(text: str) -> set[str]:
    once = {
        quoted
        for encode in (quote, quote_plus)
        for quoted in _both_cases(encode(text.encode(errors="replace"), safe=""))
    }
    once |= set(_both_cases(quote(text.encode(errors="replace"), safe="/")))
    twice = {quoted for form in once for quoted in _both_cases(form.replace("%", "%25"))}
    return {text, *once, *twice}


def _both_cases(encoded: str) -> tuple[str, str]:
    """Escapes in upper case, as RFC 3986 wants them, and in lower case, as .NET and others write them."""
    return encoded, re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
