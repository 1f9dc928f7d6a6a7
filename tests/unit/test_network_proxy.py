"""Which proxy is on the way to a destination: the configuration's rules, and those of the environment."""

from pathlib import Path

import pytest

from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.network.proxy import DIRECT, ENVIRONMENT_MAX_AGE, Proxies, Proxy, excepted
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.clock import FakeClock

HOST = "management.azure.com"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def configured(directory: Path, **changes: object) -> Proxies:
    secret = directory / "proxy-password"
    secret.write_text("pass:w@rd/1\n")
    values = {"url": "http://proxy.example:3128", "username": "CORP\\exporter", "password": {"file": str(secret)}}
    return Proxies(ProxySettings.model_validate({**values, **changes}))


# --- no_proxy --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "covered", "not_covered"),
    [
        ("example.com", "example.com", "notexample.com"),
        ("example.com", "a.b.example.com", "example.com.evil.net"),
        (".example.com", "a.example.com", "example.org"),
        (".example.com", "example.com", "xexample.com"),
        ("*.example.com", "a.example.com", "a.example.net"),
        ("Example.COM", "EXAMPLE.com.", "example.co"),
        ("10.1.0.0/16", "10.1.200.3", "10.2.0.1"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.30"),
        ("10.1.2.3/16", "10.1.9.9", "10.3.2.3"),
        ("2001:db8::/32", "2001:db8::5", "2001:db9::5"),
        ("2001:db8::5", "[2001:db8::5]", "2001:db8::6"),
        ("[2001:db8::5]", "2001:db8:0::5", "2001:db8::55"),
        ("10.0.0.0/8", "10.0.0.1", "host10.example"),
        (" example.com ", "example.com", "example"),
    ],
)
def test_a_rule_covers_what_it_names_and_nothing_else(rule: str, covered: str, not_covered: str) -> None:
    assert excepted(covered, [rule])
    assert not excepted(not_covered, [rule])


@pytest.mark.parametrize("host", ["a.example", "10.0.0.1", "2001:db8::1", "localhost"])
def test_an_asterisk_covers_everything(host: str) -> None:
    assert excepted(host, ["*"])


@pytest.mark.parametrize("rule", ["", ".", "..", "*.", "10.0.0.0/99", "not an address/8", "[", "::/x"])
def test_a_rule_that_means_nothing_covers_nothing(rule: str) -> None:
    assert not excepted("a.example", [rule])
    assert not excepted("10.0.0.1", [rule])


def test_rules_of_the_configuration_are_followed(tmp_path: Path) -> None:
    proxies = configured(tmp_path, no_proxy=["vault.azure.net", "10.0.0.0/8"])
    assert proxies.choose("kv.vault.azure.net") is None
    assert proxies.choose("10.3.4.5") is None
    assert proxies.choose(HOST) is not None


@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.1.1", "fe80::1"])
def test_the_machine_itself_is_never_asked_through_a_proxy(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert configured(tmp_path).choose(host, scheme="http") is None
    assert Proxies().choose(host, scheme="http") is None


# --- the configuration -----------------------------------------------------------------------------------------------


def test_the_configurations_proxy_comes_before_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example:8080")
    monkeypatch.setenv("NO_PROXY", "*")
    assert str(configured(tmp_path).choose(HOST)) == "proxy.example:3128"


def test_a_rotated_password_is_picked_up(tmp_path: Path) -> None:
    proxies = configured(tmp_path)
    first = proxies.choose(HOST)
    (tmp_path / "proxy-password").write_text("rotated")
    second = proxies.choose(HOST)
    assert first is not None
    assert second is not None
    assert (first.password, second.password) == ("pass:w@rd/1", "rotated")


def test_a_password_is_in_no_text_of_the_proxy(tmp_path: Path) -> None:
    proxy = configured(tmp_path).choose(HOST)
    assert proxy is not None
    shown = f"{proxy} {proxy!r} {proxy!s}"
    assert "pass" not in shown
    assert "w@rd" not in shown


def test_credentials_are_quoted_for_the_address_and_plain_in_the_header(tmp_path: Path) -> None:
    proxy = configured(tmp_path).choose(HOST)
    assert proxy is not None
    assert proxy.url == "http://CORP%5Cexporter:pass%3Aw%40rd%2F1@proxy.example:3128"
    assert proxy.authorization == "Basic Q09SUFxleHBvcnRlcjpwYXNzOndAcmQvMQ=="


def test_without_credentials_there_is_no_header() -> None:
    assert (Proxy("proxy.example", 3128).authorization, Proxy("::1", 8).url) == ("", "http://[::1]:8")


def test_a_configuration_may_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert DIRECT.choose(HOST) is None
    assert Proxies(ProxySettings(from_environment=False)).choose(HOST) is None


# --- the environment -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("http://proxy.example:3128", "proxy.example:3128"),
        ("proxy.example:3128", "proxy.example:3128"),
        ("http://proxy.example:3128/", "proxy.example:3128"),
        ("HTTP://PROXY.example", "proxy.example:80"),
        ("http://[2001:db8::1]:3128", "[2001:db8::1]:3128"),
        ("10.0.0.1:8080", "10.0.0.1:8080"),
    ],
)
def test_the_environments_proxy_has_a_scheme_or_none(
    written: str, understood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", written)
    assert str(Proxies().choose(HOST)) == understood


def test_the_environment_has_a_proxy_for_each_scheme_or_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://secure.example")
    monkeypatch.setenv("ALL_PROXY", "http://any.example")
    assert str(Proxies().choose_for_url(f"https://{HOST}/x")) == "secure.example:80"
    assert str(Proxies().choose_for_url("http://appliance:9182/metrics")) == "any.example:80"


async def test_settings_of_windows_that_change_while_the_process_runs_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    proxies = Proxies(clock=clock)
    assert (proxies.choose(HOST), proxies.configured) == (None, False)
    monkeypatch.setenv("HTTPS_PROXY", "http://new.example:3128")
    await clock.advance(ENVIRONMENT_MAX_AGE)
    assert str(proxies.choose(HOST)) == "new.example:3128"
    assert proxies.configured


def test_no_proxy_of_the_environment_knows_networks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost, .internal ,10.0.0.0/8,,")
    assert [Proxies().choose(host) for host in ("localhost", "a.internal", "10.9.8.7")] == [None] * 3
    assert Proxies().choose(HOST) is not None


def test_the_environments_credentials_are_used_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:p%40ss@proxy.example:3128")
    proxy = Proxies().choose(HOST)
    assert proxy is not None
    assert (proxy.username, proxy.password, str(proxy)) == ("user", "p@ss", "proxy.example:3128")
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("socks5://user:s3cret@proxy.example:1080", "the proxy socks5://proxy.example is not supported"),
        ("https://user:s3cret@proxy.example:443", "the proxy https://proxy.example is not supported"),
        ("http://user:s3cret@proxy.example:many", "the address of the proxy cannot be read"),
        ("http://user:s3cret@proxy.example:99999", "the address of the proxy cannot be read"),
        ("http://user:s3cret@[proxy", "the address of the proxy cannot be read"),
        ("http://", "the proxy http:// is not supported"),
    ],
)
def test_a_proxy_of_no_use_is_refused_without_its_password(
    written: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", written)
    with pytest.raises(CheckError, match="write http://HOST:PORT") as caught:
        Proxies().choose(HOST)
    assert caught.value.reason is Reason.PROXY
    assert caught.value.message.startswith(message)
    assert "s3cret" not in caught.value.message
