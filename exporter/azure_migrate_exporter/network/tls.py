"""What TLS clients trust, what a failed handshake means, and when a certificate ends."""

import ssl
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509

from azure_migrate_exporter.reasons import CheckError, Reason

TlsContext = ssl.SSLContext
TlsConnection = ssl.SSLObject | ssl.SSLSocket


def client_context(ca_file: Path | None) -> TlsContext:
    """A verifying context that trusts the CAs in `ca_file` (PEM), or those of the system.

    The file is read at each call, so a renewed bundle is picked up. Raises `CheckError` (tls).
    """
    if ca_file is None:
        return _system_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except FileNotFoundError as error:
        raise CheckError(Reason.TLS, f"the CA file {ca_file} does not exist") from error
    except (OSError, ssl.SSLError) as error:
        raise CheckError(Reason.TLS, f"the CA file {ca_file} cannot be read, or holds no PEM certificate") from error


@cache
def _system_context() -> TlsContext:
    """One for all: reading the system's store takes some 30 ms."""
    return ssl.create_default_context()


def unverified_context() -> TlsContext:
    """A context that verifies nothing: only for looking at a certificate, never for sending anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class NamedContext(ssl.SSLContext):
    """A client context that verifies one name, whatever host a caller connects to.

    For SDKs that are given an address which was chosen here, and would verify that address.
    """

    server_name: str = ""

    @classmethod
    def verifying(cls, name: str, ca_file: Path | None) -> "NamedContext":
        """Trust as `client_context`, and the name `name`. Raises `CheckError` (tls)."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        if ca_file is None:
            context.load_default_certs()
        else:
            client_context(ca_file)  # for its clear error
            context.load_verify_locations(ca_file)
        context.server_name = name
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """See `ssl.SSLContext.wrap_bio`; `server_hostname` is replaced."""
        kwargs["server_hostname"] = self.server_name
        return super().wrap_bio(*args, **kwargs)


def tls_failure(error: OSError, where: str, proxy: object | None = None) -> CheckError | None:
    """What a handshake with `where` (host and port) that raised `error` means; None for what is no matter of TLS.

    `proxy` is the one that the connection goes through: it may be the one that shows the certificate.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"the certificate of {where} does not verify: {error.verify_message}"
        hint = f"; does the proxy {proxy} inspect TLS? Then add its CA to ca_file, or exempt this host" if proxy else ""
        return CheckError(Reason.TLS, text + hint)
    if isinstance(error, ssl.SSLError):
        return CheckError(Reason.TLS, f"no TLS with {where}: {error.reason or error.strerror}")
    if isinstance(error, ConnectionError):
        return CheckError(Reason.RESET, f"{where} cut the connection in the TLS handshake")
    return None


def certificate_refused(error: BaseException) -> bool:
    """Whether `error` comes from a certificate that did not verify."""
    return isinstance(error.__cause__, ssl.SSLCertVerificationError)


def certificate_expiry(connection: TlsConnection) -> float:
    """When the peer's certificate ends, in Unix seconds; also of one that was not verified."""
    der = connection.getpeercert(binary_form=True)
    if der is None:  # a client always gets one in the suites that OpenSSL offers
        raise CheckError(Reason.TLS, "the peer shows no certificate")
    return x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()
