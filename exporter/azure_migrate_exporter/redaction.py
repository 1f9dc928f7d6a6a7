"""Taking secrets out of texts that others wrote (SDK errors, URLs) before a person or a log sees them."""

import re
from typing import Final

_SECRETS: Final = re.compile(
    r"""(?ix)
    ( \b(?:sig|SharedAccessKey|AccountKey|SharedAccessSignature|client_secret|client_assertion|assertion
        |password|passwd|pwd|token|access_token|refresh_token|code)\s*[=:]\s*["']?
    | \bauthorization\s*:\s*
    | \b(?:Bearer|Basic|Negotiate|NTLM)\s+
    | ://[^/\s:@]+: )
    (?: [^\s"'&;,<>@]+ )
    """
)


def redact(text: str) -> str:
    """`text` with the value of everything that looks like a secret replaced."""
    return _SECRETS.sub(r"\1<secret>", text)


def one_line(text: str, limit: int = 400) -> str:
    """`text` redacted, on one line, and no longer than `limit` characters."""
    line = " ".join(redact(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
