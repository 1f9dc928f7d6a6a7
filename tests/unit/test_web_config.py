"""The format of `--web.config.file`: what exporter-toolkit takes is taken, and what cannot be done is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from azure_migrate_exporter.config.loader import ConfigError, load_model
from azure_migrate_exporter.web.config.schema import WebSettings

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
TLS = "cert_file: a.pem, key_file: a.key"


Load = Callable[[str], WebSettings]
Errors = Callable[[str], list[str]]


@pytest.fixture
def settings(tmp_path: Path) -> Load:
    def load(text: str) -> WebSettings:
        (tmp_path / "web.yml").write_text(text, encoding="utf-8")
        return load_model(WebSettings, tmp_path / "web.yml")

    return load


@pytest.fixture
def errors(settings: Load, tmp_path: Path) -> Errors:
    def lines(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            settings(text)
        return [line.removeprefix(f"{tmp_path / 'web.yml'}:") for line in caught.value.errors]

    return lines


def test_everything_that_the_format_offers_is_understood(settings: Load, tmp_path: Path) -> None:
    parsed = settings(
        f"""
tls_server_config:
  cert_file: server.pem
  key_file: /keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: clients.pem
  client_allowed_sans: [prometheus.example.com, 10.0.0.1]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256]
http_server_config:
  http2: false
  headers: {{X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=31536000, X-XSS-Protection: ""}}
basic_auth_users: {{prometheus: {HASH}}}
rate_limit: {{interval: 100ms, burst: 20}}
"""
    )
    tls = parsed.tls_server_config
    assert tls is not None
    assert (tls.cert_file, tls.key_file) == (tmp_path / "server.pem", tmp_path / "/keys/server.key")
    assert parsed.rate_limit is not None
    assert parsed.rate_limit.interval == 0.1
    assert HASH not in repr(parsed)


def test_an_empty_file_means_plain_http_for_everybody(settings: Load) -> None:
    assert settings("") == WebSettings()


@pytest.mark.parametrize(
    ("tls", "problem"),
    [
        ("min_version: TLS13", "give exactly one of cert_file and cert; give exactly one of key_file and key"),
        (f"{TLS}, key: x", "give exactly one of key_file and key"),
        (f"{TLS}, min_version: TLS13, max_version: TLS12", "min_version is above max_version"),
        (
            f"{TLS}, client_auth_type: RequireAndVerifyClientCert",
            "client_auth_type RequireAndVerifyClientCert needs a client_ca_file",
        ),
        (
            f"{TLS}, client_ca_file: ca.pem",
            "a client_ca_file does nothing without client_auth_type RequireAndVerifyClientCert",
        ),
        (
            f"{TLS}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem, client_allowed_sans: [a]",
            "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert",
        ),
    ],
)
def test_a_contradiction_is_one_clear_line(errors: Errors, tls: str, problem: str) -> None:
    assert errors(f"tls_server_config: {{{tls}}}") == [f"1: tls_server_config: {problem}"]


@pytest.mark.parametrize(
    ("tls", "place", "problem"),
    [
        ("min_version: TLS10", "min_version", "'TLS12' or 'TLS13'"),
        ("client_auth_type: RequireAnyClientCert", "client_auth_type", "use one of NoClientCert, "),
        ("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]", "cipher_suites[0]", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
        ("curve_preferences: [P256]", "curve_preferences[0]", "'CurveP256', 'CurveP384', 'CurveP521' or 'X25519'"),
        ("cert_fiel: x", "cert_fiel", "unknown key"),
    ],
)
def test_what_python_cannot_do_is_refused_with_what_it_can(errors: Errors, tls: str, place: str, problem: str) -> None:
    (line,) = errors(f"tls_server_config: {{{TLS}, {tls}}}")
    assert line.startswith(f"1: tls_server_config.{place}: ")
    assert problem in line


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ("X-Frame-Options: allow", "X-Frame-Options must be deny or sameorigin"),
        ("X-Content-Type-Options: sniff", "X-Content-Type-Options must be nosniff"),
        ('Content-Security-Policy: "a\\r\\nSet-Cookie: b"', "Content-Security-Policy must be one line of ASCII"),
        ("Server: nginx", "'Strict-Transport-Security'"),
    ],
)
def test_only_headers_of_the_format_with_values_that_exist(errors: Errors, headers: str, problem: str) -> None:
    (line,) = errors(f"http_server_config: {{headers: {{{headers}}}}}")
    assert problem in line


@pytest.mark.parametrize(
    "hashed", ["secret-password", "$2y$10$tooshort", "$1$abc$def", "", HASH.replace("$10$", "$31$")]
)
def test_a_password_in_place_of_its_hash_is_refused_and_never_repeated(errors: Errors, hashed: str) -> None:
    (line,) = errors(f"basic_auth_users: {{alice: '{hashed}'}}")
    assert line.startswith("1: basic_auth_users.alice: ")
    assert "secret-password" not in line


def test_a_user_name_that_no_browser_can_send_is_refused(errors: Errors) -> None:
    assert len(errors(f"basic_auth_users: {{'a:b': {HASH}}}")) == 1


def test_a_rate_limit_that_admits_nobody_is_refused(errors: Errors) -> None:
    (line,) = errors("rate_limit: {interval: 1s, burst: 0}")
    assert line.startswith("1: rate_limit.burst: ")


AGREE, STRICTER = "agree", "stricter on purpose"


def tls(more: str) -> str:
    return f"tls_server_config: {{{TLS}, {more}}}"


TOOLKIT = [
    ("nothing at all", "", True, AGREE),
    ("empty sections", "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\n", True, AGREE),
    ("a text in place of settings", "hello world", False, AGREE),
    ("an unknown section", "hello: world", False, AGREE),
    ("an unknown key of TLS", tls("cert_filse: x"), False, AGREE),
    ("a certificate and its key", f"tls_server_config: {{{TLS}}}", True, AGREE),
    ("no key", "tls_server_config: {cert_file: a.pem}", False, AGREE),
    ("an empty path of the certificate", "tls_server_config: {cert_file: '', key_file: a.key}", False, AGREE),
    ("certificate and key as text", "tls_server_config: {cert: x, key: y}", True, AGREE),
    ("certificate as file and as text", tls("cert: x"), False, AGREE),
    ("an invented type of client authentication", tls("client_auth_type: xyz"), False, AGREE),
    (
        "no CA for verified clients",
        f"tls_server_config: {{{TLS}, client_auth_type: RequireAndVerifyClientCert}}",
        False,
        AGREE,
    ),
    (
        "clients that are not verified",
        f"tls_server_config: {{{TLS}, client_auth_type: RequestClientCert}}",
        False,
        STRICTER,
    ),
    ("a CA without client authentication", tls("client_ca_file: ca"), False, AGREE),
    (
        "several curves",
        f"tls_server_config: {{{TLS}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]}}",
        True,
        AGREE,
    ),
    ("X25519 alone", tls("curve_preferences: [X25519]"), True, AGREE),
    ("an invented curve", tls("curve_preferences: [CurveP257]"), False, AGREE),
    (
        "an invented cipher",
        f"tls_server_config: {{{TLS}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA2048]}}",
        False,
        AGREE,
    ),
    (
        "a cipher without forward secrecy",
        f"tls_server_config: {{{TLS}, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]}}",
        False,
        STRICTER,
    ),
    ("TLS 1.3 as the least", tls("min_version: TLS13"), True, AGREE),
    ("an invented version", tls("min_version: TLS111"), False, AGREE),
    ("TLS 1.0", tls("min_version: TLS10"), False, STRICTER),
    ("no HTTP/2", f"tls_server_config: {{{TLS}}}\nhttp_server_config: {{http2: false}}", True, AGREE),
    ("HTTP/2 without TLS", "http_server_config: {http2: true}", True, AGREE),
    ("X-XSS-Protection as a number", "http_server_config: {headers: {X-XSS-Protection: 0}}", True, AGREE),
    ("X-XSS-Protection with a mode", "http_server_config: {headers: {X-XSS-Protection: 1; mode=block}}", True, AGREE),
    ("another header", "http_server_config: {headers: {X-Extra: 1}}", False, AGREE),
    ("another value of X-Frame-Options", "http_server_config: {headers: {X-Frame-Options: beny}}", False, AGREE),
    ("users", f"basic_auth_users: {{alice: {HASH}, bob: {HASH}}}", True, AGREE),
    ("a user name of digits", f"basic_auth_users: {{1234: {HASH}}}", True, AGREE),
    ("a user name like a boolean", f"basic_auth_users: {{yes: {HASH}}}", True, AGREE),
    ("a password that is no hash", "basic_auth_users: {alice: abc}", False, STRICTER),
    ("a rate limit", "rate_limit: {interval: 1s, burst: 20}", True, AGREE),
    ("no rate limit", "rate_limit: {interval: 0}", True, AGREE),
    ("no rate limit in words", "rate_limit: {interval: 0s, burst: 0}", True, AGREE),
    ("a rate limit in weeks", "rate_limit: {interval: 1w, burst: 1}", True, AGREE),
]
"""Cases that exporter-toolkit's own tests describe: whether we take them, and how that compares."""


@pytest.mark.parametrize(("text", "taken"), [case[1:3] for case in TOOLKIT], ids=[case[0] for case in TOOLKIT])
def test_what_exporter_toolkit_takes_is_taken(settings: Load, errors: Errors, text: str, taken: bool) -> None:  # noqa: FBT001
    if taken:
        settings(text)
    else:
        assert errors(text)


def test_only_what_is_refused_can_be_stricter_and_the_page_says_so() -> None:
    page = Path("docs/web-configuration.md").read_text(encoding="utf-8")
    stricter = [(name, taken) for name, _, taken, how in TOOLKIT if how == STRICTER]
    assert not any(taken for _, taken in stricter)
    for word in ("RequestClientCert", "forward secrecy", "TLS 1.2", "bcrypt"):
        assert word in page.partition("## Stricter than exporter-toolkit")[2]
