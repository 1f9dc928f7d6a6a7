"""What a certificate contains. Apart from `network.tls`: the library behind it takes 8 MiB, and few checks need it."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from azure_migrate_exporter import local_files
from azure_migrate_exporter.network.tls import TlsConnection
from azure_migrate_exporter.reasons import CheckError, Reason


def certificate_expiry(connection: TlsConnection) -> float:
    """When the peer's certificate ends, in Unix seconds; also of one that was not verified."""
    der = connection.getpeercert(binary_form=True)
    if der is None:  # a client always gets one in the suites that OpenSSL offers
        raise CheckError(Reason.TLS, "the peer shows no certificate")
    return x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()


def certificate_in(path: Path) -> bytes:
    """The first certificate of a PEM file, in DER. Raises OSError, and ValueError for a file that holds none."""
    return x509.load_pem_x509_certificates(local_files.read_bytes(path))[0].public_bytes(Encoding.DER)
