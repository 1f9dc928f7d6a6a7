"""The file of `--web.config.file`, in the format of Prometheus' exporter-toolkit.

Settings that Python's TLS does not support are rejected with the value to write instead. The only setting that is
accepted without effect is `http2`: the server speaks HTTP/1.1, which every client supports.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, model_validator

from azure_migrate_exporter.config.base import Duration, LocalPath, Model

TlsVersion = Literal["TLS12", "TLS13"]
Curve = Literal["CurveP256", "CurveP384", "CurveP521", "X25519"]
HeaderName = Literal[
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
]

CIPHERS: Final = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
}
"""Names of the format and of OpenSSL, for TLS 1.2."""
TLS13_CIPHERS: Final = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
"""Always offered with TLS 1.3; listing them has no effect, as in Go."""

_HEADER_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
}
_CLIENT_AUTH_TYPES: Final = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_BCRYPT: Final = re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")
_MAX_COST: Final = 18


def _client_auth_type(name: str) -> str:
    if name not in _CLIENT_AUTH_TYPES:
        raise ValueError(
            f"use one of {', '.join(_CLIENT_AUTH_TYPES)}; a client certificate that is not verified proves nothing"
        )
    return name


def _cipher(name: str) -> str:
    if name not in CIPHERS and name not in TLS13_CIPHERS:
        raise ValueError("not a cipher suite that is offered; use names such as " + next(iter(CIPHERS)))
    return name


def _bcrypt_hash(value: SecretStr) -> SecretStr:
    match = _BCRYPT.fullmatch(value.get_secret_value())
    if match is None:
        raise ValueError("not a bcrypt hash: make one with `htpasswd -nBC 10 USER` and write what follows the colon")
    if not 4 <= int(match["cost"]) <= _MAX_COST:
        raise ValueError(f"a cost of {match['cost']} does not work or takes minutes: use 10 to 14")
    return value


class TlsServerSettings(Model):
    """Section `tls_server_config`. Relative paths start at the directory of this file. Changed files are reloaded."""

    cert: str | None = None
    """Certificate chain as PEM text, in place of `cert_file`."""
    key: SecretStr | None = None
    """Private key as PEM text, in place of `key_file`."""
    client_ca: str | None = None
    """CA certificates for client certificates as PEM text, in place of `client_ca_file`."""
    cert_file: LocalPath | None = None
    """Certificate chain, PEM."""
    key_file: LocalPath | None = None
    """Private key without a passphrase, PEM."""
    client_auth_type: Annotated[str, AfterValidator(_client_auth_type)] = "NoClientCert"
    """`NoClientCert`, `VerifyClientCertIfGiven` or `RequireAndVerifyClientCert`."""
    client_ca_file: LocalPath | None = None
    """CA certificates for client certificates, PEM."""
    client_allowed_sans: tuple[str, ...] | None = None
    """Allowed DNS, IP, e-mail or URI alternative names of the client certificate; one must match."""
    min_version: TlsVersion = "TLS12"
    """Lowest TLS version; versions before TLS 1.2 are not offered."""
    max_version: TlsVersion = "TLS13"
    """Highest TLS version."""
    cipher_suites: tuple[Annotated[str, AfterValidator(_cipher)], ...] = ()
    """Cipher suites for TLS 1.2, by their names in Go; those of TLS 1.3 are always offered."""
    prefer_server_cipher_suites: bool = True
    """Whether the order of the server's cipher suites decides."""
    curve_preferences: tuple[Curve, ...] = ()
    """Curves: `CurveP256`, `CurveP384`, `CurveP521`, `X25519`. One alone is the only one offered; with several, OpenSSL
    offers its own list, which includes them."""

    @model_validator(mode="after")
    def _consistent(self) -> "TlsServerSettings":
        problems = "; ".join(self._problems())
        if problems:
            raise ValueError(problems)
        return self

    def _problems(self) -> Iterator[str]:
        for name in ("cert", "key"):
            if (getattr(self, name) is None) == (getattr(self, f"{name}_file") is None):
                yield f"give exactly one of {name}_file and {name}"
        asks = self.client_auth_type != "NoClientCert"
        if self.client_ca and self.client_ca_file:
            yield "give only one of client_ca_file and client_ca"
        if asks and not (self.client_ca or self.client_ca_file):
            yield f"client_auth_type {self.client_auth_type} needs a client_ca_file"
        if not asks and (self.client_ca or self.client_ca_file):
            yield "a client_ca_file does nothing without client_auth_type RequireAndVerifyClientCert"
        if self.client_allowed_sans is not None and self.client_auth_type != "RequireAndVerifyClientCert":
            yield "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert"
        if self.min_version > self.max_version:
            yield "min_version is above max_version"


def _header_text(value: Any) -> Any:
    """`0` for X-XSS-Protection is a number in YAML."""
    return str(value) if type(value) is int else value


def _header_values(headers: dict[HeaderName, str]) -> dict[HeaderName, str]:
    for name, value in headers.items():
        allowed = _HEADER_VALUES.get(name)
        if value and allowed and value not in allowed:
            raise ValueError(f"{name} must be {' or '.join(allowed)}")
        if not (value.isascii() and (value.isprintable() or not value)):
            raise ValueError(f"{name} must be one line of ASCII")
    return headers


HeaderValue = Annotated[str, BeforeValidator(_header_text)]


class HttpServerSettings(Model):
    """Section `http_server_config`."""

    http2: bool = True
    """Accepted for compatibility with shared files. The server always speaks HTTP/1.1."""
    headers: Annotated[dict[HeaderName, HeaderValue], AfterValidator(_header_values)] = Field(default_factory=dict)
    """Headers of every response, replacing the defaults; an empty value omits the header. Supported headers:
    Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection."""


def _burst(value: int, info: ValidationInfo) -> int:
    if value < 1 and info.data.get("interval"):
        raise ValueError("must be 1 or more: with 0 no request would be allowed")
    return value


class RateLimitSettings(Model):
    """Section `rate_limit`: a token bucket over all clients."""

    interval: Duration
    """Time after which one more request is allowed; `0s` means no limit."""
    burst: Annotated[int, Field(ge=0, validate_default=True), AfterValidator(_burst)] = 0
    """Number of requests allowed at once; at least 1 with a limit."""


UserName = Annotated[str, Field(pattern=r"^[^:]+$")]
PasswordHash = Annotated[SecretStr, AfterValidator(_bcrypt_hash)]


class WebSettings(Model):
    """The root of the file."""

    tls_server_config: TlsServerSettings | None = None
    """TLS; plain HTTP without it."""
    http_server_config: HttpServerSettings = HttpServerSettings()
    """Response headers."""
    basic_auth_users: dict[UserName, PasswordHash] = Field(default_factory=dict)
    """User names and the bcrypt hashes of their passwords (`htpasswd -nBC 10 ""`). No authentication if empty."""
    rate_limit: RateLimitSettings | None = None
    """Limit of requests; none by default."""
