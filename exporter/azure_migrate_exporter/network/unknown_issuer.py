"""Names the CA that is missing, when a peer's certificate does not verify: OpenSSL says only that it is unknown.

The chain is read from the handshake that failed, so there is no second connection. The method that gives it is private
in Python before 3.13; where it is missing, no CA is named.
"""

import ssl
from collections.abc import Iterable
from typing import Any, Final

from azure_migrate_exporter.text import valid_text

LONGEST: Final = 200
"""Characters of a name that are shown."""

_SHORT: Final = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
"""Names of attributes as Windows and OpenSSL print them (RFC 4514)."""
_KEY: Final = "unknown_issuer"


def naming_issuers(context: ssl.SSLContext) -> ssl.SSLContext:
    """`context`, whose errors have an issuer for `issuer_of` from then on."""
    context.sslobject_class = _NamingObject
    context.sslsocket_class = _NamingSocket
    return context


def issuer_of(error: ssl.SSLCertVerificationError) -> str:
    """The issuer of the last certificate that the peer showed, as ``CN=…, O=…``; empty if it is not known."""
    return str(vars(error).get(_KEY, ""))


class _NamingObject(ssl.SSLObject):
    """TLS of asyncio."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            vars(error)[_KEY] = _last_issuer(self)
            raise


class _NamingSocket(ssl.SSLSocket):
    """TLS of sockets that block."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in the base class
        try:
            super().do_handshake(block)
        except ssl.SSLCertVerificationError as error:
            vars(error)[_KEY] = _last_issuer(self)
            raise


def _last_issuer(connection: Any) -> str:
    read_chain = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    chain = (read_chain() if read_chain else None) or ()
    return distinguished_name(chain[-1].get_info().get("issuer", ())) if chain else ""


def distinguished_name(name: Iterable[Iterable[tuple[str, str]]]) -> str:
    """A name as `ssl` decodes it, on one line, the most telling attribute first; whatever a stranger wrote into it."""
    attributes = [
        f"{_SHORT.get(kind, kind)}={' '.join(valid_text(value).split())}" for rdn in name for kind, value in rdn
    ]
    text = ", ".join(reversed(attributes))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
