"""What TLS clients trust, and what a failed handshake means.

One trust for every check: the system's store, on Windows with the public roots of certifi besides, or `ca_file` in
place of both. Not truststore, which has Windows itself verify: that may fetch roots over the network in the middle of a
handshake, by a way and in a time of its own, while a check must say which phase failed by its deadline.
"""

import os
import ssl
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import certifi

from azure_migrate_exporter.network.unknown_issuer import issuer_of, naming_issuers
from azure_migrate_exporter.reasons import CheckError, Reason

_UNKNOWN_CA: Final = frozenset({2, 18, 19, 20, 21})
"""X509_V_ERR_… of OpenSSL: no issuer, self-signed, a root that is unknown, no local issuer, and a chain of one."""

_IMPORT: Final = "certutil -addstore Root FILE" if os.name == "nt" else "update-ca-certificates or update-ca-trust"
"""What takes a certificate into the system's store."""

TlsContext = ssl.SSLContext
TlsConnection = ssl.SSLObject | ssl.SSLSocket


def client_context(
    ca_file: Path | None, certificate_file: Path | None = None, key_file: Path | None = None
) -> TlsContext:
    """A verifying context that trusts the CAs in `ca_file` (PEM), or those of the system.

    `certificate_file` and `key_file` (PEM) are our own certificate, for a server that asks for one. Files are read at
    each call, so renewed ones are picked up. Raises `CheckError` (tls; unauthenticated for our own certificate).
    """
    if ca_file is None and certificate_file is None:
        return _system_context()
    context = own_context(ca_file)
    if certificate_file is not None:
        try:
            context.load_cert_chain(certificate_file, key_file)
        except (OSError, ssl.SSLError) as error:
            text = f"the client certificate {certificate_file} cannot be used with the key {key_file}: {error.strerror}"
            raise CheckError(Reason.UNAUTHENTICATED, text) from error
    return context


def own_context(ca_file: Path | None) -> TlsContext:
    """Trust as `client_context`, in a context of its own: for a library that changes it. Raises `CheckError`."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except FileNotFoundError as error:
        raise CheckError(Reason.TLS, f"the CA file {ca_file} does not exist") from error
    except (OSError, ssl.SSLError) as error:
        raise CheckError(Reason.TLS, f"the CA file {ca_file} cannot be read, or holds no PEM certificate") from error
    if ca_file is None:
        _add_public_roots(context)
    return naming_issuers(context)


@cache
def _system_context() -> TlsContext:
    """One for all: reading the system's store takes some 30 ms."""
    return own_context(None)


def _add_public_roots(context: TlsContext) -> None:
    """On Windows, trust what Mozilla trusts besides the system's store.

    Windows fetches a root when a program of its own first needs it, so on a new server the store lacks those of Azure.
    """
    if os.name == "nt":
        context.load_verify_locations(certifi.where())


def unverified_context() -> TlsContext:
    """A context that verifies nothing: only for looking at a certificate, never for sending anything."""
    return lenient_context(None, verify=False)


class NamedContext(ssl.SSLContext):
    """A client context that verifies one name, whatever host a caller connects to.

    For SDKs that are given an address which was chosen here, and would verify that address.
    """

    server_name: str = ""

    @classmethod
    def verifying(cls, name: str, ca_file: Path | None) -> "NamedContext":
        """Trust as `client_context`, and the name `name`. Raises `CheckError` (tls)."""
        if ca_file is None:
            return _system_context_for(name)
        client_context(ca_file)  # for its clear error
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(ca_file)
        context.server_name = name
        naming_issuers(context)
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """See `ssl.SSLContext.wrap_bio`; `server_hostname` is replaced."""
        kwargs["server_hostname"] = self.server_name
        return super().wrap_bio(*args, **kwargs)


@lru_cache(maxsize=32)
def _system_context_for(name: str) -> NamedContext:
    """One for each of the newest names, for the reason of `_system_context`; each takes about a megabyte."""
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    _add_public_roots(context)
    context.server_name = name
    naming_issuers(context)
    return context


def tls_failure(error: OSError, where: str, proxy: object | None = None) -> CheckError | None:
    """What a handshake with `where` (host and port) that raised `error` means; None for what is no matter of TLS.

    `proxy` is the one that the connection goes through: it may be the one that shows the certificate.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"the certificate of {where} does not verify: {error.verify_message}"
        return CheckError(Reason.TLS, text + _trust_hint(error, proxy))
    if isinstance(error, (ConnectionError, ssl.SSLEOFError)):  # asyncio makes the first of the second
        return CheckError(Reason.RESET, f"{where} cut the connection in the TLS handshake")
    if isinstance(error, ssl.SSLError):
        return CheckError(Reason.TLS, f"no TLS with {where}: {getattr(error, 'reason', None) or error.strerror}")
    return None


def _trust_hint(error: ssl.SSLCertVerificationError, proxy: object | None) -> str:
    issuer = issuer_of(error)
    if proxy:
        shown = f' (its issuer is "{issuer}")' if issuer else ""
        return f"{shown}; does the proxy {proxy} inspect TLS? Then add its CA to ca_file, or exempt this host"
    if error.verify_code in _UNKNOWN_CA:
        unknown = f'issuer "{issuer}"' if issuer else "CA"
        where = f"ca_file or to the system's store ({_IMPORT})"
        return f"; its {unknown} is not trusted here: add it to {where}, if it is the right one"
    return ""


def certificate_refused(error: BaseException) -> bool:
    """Whether `error` comes from a certificate that did not verify."""
    return isinstance(error.__cause__, ssl.SSLCertVerificationError)


def lenient_context(ca_file: Path | None, *, verify: bool = True) -> TlsContext:
    """A client context without the strict rules of Python 3.13, which CAs made by old vCenters do not meet.

    Raises OSError or `ssl.SSLError` for a file that cannot be used. `verify` is off where the peer's certificate is
    compared as a whole, or not at all.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is not None:
        context.load_verify_locations(ca_file)
    else:
        context.load_default_certs()
        _add_public_roots(context)
    return naming_issuers(context)
