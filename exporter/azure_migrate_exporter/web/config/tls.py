"""TLS contexts of the server: one built from settings, and one that delegates to the newest at each handshake."""

import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from azure_migrate_exporter import local_files
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.web.config.schema import CIPHERS, Curve, TlsServerSettings

_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFY: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_CURVES: Final = {"CurveP256": "prime256v1", "CurveP384": "secp384r1", "CurveP521": "secp521r1", "X25519": "X25519"}


def server_context(settings: TlsServerSettings) -> ssl.SSLContext:
    """The context for `settings`. Raises `ConfigError` with the keys whose files or values are invalid."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[settings.min_version]
    context.maximum_version = _VERSIONS[settings.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if not settings.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    tls12_ciphers = [CIPHERS[name] for name in settings.cipher_suites if name in CIPHERS]
    if tls12_ciphers:
        context.set_ciphers(":".join(tls12_ciphers))
    if len(set(settings.curve_preferences)) == 1:
        _set_curve(context, settings.curve_preferences[0])
    _load_certificate(context, settings)
    _load_client_ca(context, settings)
    if settings.client_allowed_sans is not None:
        context.sslobject_class = _sslobject_class(frozenset(map(_normalized, settings.client_allowed_sans)))
    return context


def _set_curve(context: ssl.SSLContext, curve: Curve) -> None:
    try:
        context.set_ecdh_curve(_CURVES[curve])
    except ValueError as error:  # OpenSSL before 3 takes X25519 as one of several only
        problem = f"tls_server_config.curve_preferences: this Python cannot offer {curve} alone: add CurveP256"
        raise ConfigError([problem]) from error


def _load_certificate(context: ssl.SSLContext, settings: TlsServerSettings) -> None:
    key_text = settings.key.get_secret_value() if settings.key else ""
    with _file(settings.cert_file, settings.cert or "") as chain, _file(settings.key_file, key_text) as key:
        _check_readable(chain, "cert_file")
        _check_readable(key, "key_file")
        try:
            context.load_cert_chain(chain, key, password=_refuse_passphrase)
        except _PassphraseError as error:
            name = settings.key_file or "key"
            problem = f"tls_server_config: the key in {name} has a passphrase; write it without one (`openssl pkey`)"
            raise ConfigError([problem]) from error
        except ssl.SSLError as error:
            raise ConfigError([_certificate_problem(settings, error)]) from error


class _PassphraseError(Exception):
    """The key is encrypted."""


def _refuse_passphrase() -> str:
    """Called by OpenSSL, which would otherwise prompt on the terminal."""
    raise _PassphraseError


@contextmanager
def _file(path: Path | None, text: str) -> Iterator[Path]:
    """`path`, or a temporary file with `text`: Python loads certificates only from files."""
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "pem")
        path.write_text(text, encoding="utf-8")
        yield path


def _certificate_problem(settings: TlsServerSettings, error: ssl.SSLError) -> str:
    cert, key = settings.cert_file or "cert", settings.key_file or "key"
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"tls_server_config: the key in {key} does not belong to the certificate in {cert}"
    return f"tls_server_config: {cert} and {key} must hold a certificate and its key as PEM"


def _load_client_ca(context: ssl.SSLContext, settings: TlsServerSettings) -> None:
    context.verify_mode = _VERIFY[settings.client_auth_type]
    if settings.client_auth_type == "NoClientCert":
        return
    if settings.client_ca_file:
        _check_readable(settings.client_ca_file, "client_ca_file")
    try:
        context.load_verify_locations(cafile=settings.client_ca_file, cadata=settings.client_ca)
    except ssl.SSLError as error:
        place = settings.client_ca_file or "client_ca"
        raise ConfigError([f"tls_server_config: {place} holds no CA certificate as PEM"]) from error


def _check_readable(path: Path, key: str) -> None:
    try:
        local_files.read_bytes(path)
    except OSError as error:
        raise ConfigError([f"tls_server_config.{key}: {path} cannot be read: {error.strerror}"]) from error


def _sslobject_class(allowed: frozenset[str]) -> type[ssl.SSLObject]:
    """An SSL object whose handshake fails unless the client certificate has one of these names."""

    class NamedClientsOnly(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate: dict[str, Any] = self.getpeercert() or {}
            names = {_normalized(value) for _, value in certificate.get("subjectAltName", ())}
            if not names & allowed:
                raise ssl.SSLCertVerificationError("the client certificate has none of client_allowed_sans")

    return NamedClientsOnly


def _normalized(name: str) -> str:
    """`name`; an address in canonical form, because OpenSSL writes IPv6 in full."""
    try:
        return str(ip_address(name.strip()))
    except ValueError:
        return name


class DelegatingContext(ssl.SSLContext):
    """A context for a listening socket that delegates each new connection to the context in force at that time.

    Certificate, client CAs and versions change together; open connections keep theirs. `current` is set after
    construction because `ssl.SSLContext` has a fixed signature.
    """

    current: Callable[[], ssl.SSLContext]

    @classmethod
    def of(cls, current: Callable[[], ssl.SSLContext]) -> "DelegatingContext":
        """A context that calls `current` at each handshake."""
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context.current = current
        return context

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """See `ssl.SSLContext.wrap_bio`; asyncio calls it once for each connection."""
        return self.current().wrap_bio(*args, **kwargs)
