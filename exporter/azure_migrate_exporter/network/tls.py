"""What TLS clients trust, and when a certificate ends."""

import ssl
from functools import cache
from pathlib import Path

from cryptography import x509

from azure_migrate_exporter.reasons import CheckError, Reason


def client_context(ca_file: Path | None) -> ssl.SSLContext:
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
def _system_context() -> ssl.SSLContext:
    """One for all: reading the system's store takes some 30 ms."""
    return ssl.create_default_context()


def blind_context() -> ssl.SSLContext:
    """A context that verifies nothing: only for looking at a certificate, never for sending anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate_expiry(connection: ssl.SSLObject) -> float:
    """When the peer's certificate ends, in Unix seconds; also of one that was not verified."""
    der = connection.getpeercert(binary_form=True)
    if der is None:  # a client always gets one in the suites that OpenSSL offers
        raise CheckError(Reason.TLS, "the peer shows no certificate")
    return x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()
