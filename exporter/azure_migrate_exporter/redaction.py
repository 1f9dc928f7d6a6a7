"""Removes secrets from texts of other origin (SDK errors, URLs) before they are logged or shown."""

import re
from typing import Final

_SECRETS: Final = tuple(
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


def redact(text: str) -> str:
    """`text` with the value of everything that looks like a secret replaced."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1<secret>", text)
    return text


def one_line(text: str, limit: int = 400) -> str:
    """`text` redacted, on one line, and no longer than `limit` characters."""
    line = " ".join(redact(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
