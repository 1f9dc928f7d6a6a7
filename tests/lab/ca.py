"""The lab's certificate authority: every TLS endpoint of the lab shows a certificate of it, made on the spot."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
HOSTS: Final = "*.lab.example"
"""Host names for services that have one, beside those of loopback."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a certificate chain and its key, both PEM."""

    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """A TLS context for a server that shows it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context


class LabCA:
    """One authority and the certificates that it issues, as files in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._authority = trustme.CA(organization_name="azure-migrate-exporter lab")
        self.bundle: Final = directory / "ca.pem"
        """What clients trust."""
        self._authority.cert_pem.write_to_path(self.bundle)

    def issue(self, name: str, *identities: str, expired: bool = False) -> Certificate:
        """A certificate for the identities (by default those of loopback), in `name.pem` and `name.key`."""
        now = datetime.now(UTC)
        end = now - timedelta(days=1) if expired else now + timedelta(days=90)
        leaf = self._authority.issue_cert(
            *(identities or LOOPBACK), not_before=end - timedelta(days=120), not_after=end
        )
        certificate = Certificate(self.directory / f"{name}.pem", self.directory / f"{name}.key")
        certificate.chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(certificate.key)
        certificate.key.chmod(0o600)
        return certificate

    def key_file(self) -> Path:
        """The authority's own key, PEM: for a proxy that issues certificates itself."""
        key = self.directory / "ca.key"
        key.touch(mode=0o600)
        self._authority.private_key_pem.write_to_path(key)
        return key

    def client_context(self) -> ssl.SSLContext:
        """A TLS context for a client that trusts this authority and no other."""
        return ssl.create_default_context(cafile=self.bundle)
