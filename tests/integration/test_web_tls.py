"""TLS of the web server: real certificates, real handshakes, files that change while it runs."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from structlog.testing import capture_logs

from azure_migrate_exporter.commands.check_config import check_config
from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.web.config.watcher import WebConfigWatcher
from tests.lab.ca import Certificate, LabCA
from tests.webserver import WebServer, web_server

MUTUAL = "client_auth_type: RequireAndVerifyClientCert"


def write_config(directory: Path, certificate: Certificate, *extra: str) -> Path:
    lines = ["tls_server_config:", f"cert_file: {certificate.chain}", f"key_file: {certificate.key}", *extra]
    path = directory / "web.yml"
    path.write_text("\n  ".join(lines), encoding="utf-8")
    return path


@asynccontextmanager
async def https(directory: Path, certificate: Certificate, *extra: str) -> AsyncIterator[WebServer]:
    async with web_server(directory, web_config=write_config(directory, certificate, *extra)) as server:
        assert server.url.startswith("https://")
        yield server


async def get(server: WebServer, client: ssl.SSLContext, path: str = "/-/healthy") -> str:
    """The answer over a connection of its own."""
    async with aiohttp.ClientSession() as session, session.get(server.url + path, ssl=client) as response:
        return await response.text()


async def serial_shown(server: WebServer, client: ssl.SSLContext) -> str:
    """Serial number of the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection(server.host, server.port, ssl=client)
    try:
        return str(writer.get_extra_info("peercert")["serialNumber"])
    finally:
        writer.close()
        await writer.wait_closed()


def with_certificate(ca: LabCA, certificate: Certificate) -> ssl.SSLContext:
    context = ca.client_context()
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


async def test_https_with_a_verified_certificate(lab_ca: LabCA, tmp_path: Path) -> None:
    async with https(tmp_path, lab_ca.issue("web")) as server:
        assert await get(server, lab_ca.client_context()) == "healthy\n"
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await get(server, ssl.create_default_context())


async def test_plain_http_on_the_tls_port_gets_no_answer(lab_ca: LabCA, tmp_path: Path) -> None:
    async with https(tmp_path, lab_ca.issue("web")) as server:
        with pytest.raises(aiohttp.ClientError):
            await server.client.get(f"http://{server.host}:{server.port}/metrics")
        assert await get(server, lab_ca.client_context()) == "healthy\n"


async def test_only_clients_with_a_certificate_of_the_ca_come_in(lab_ca: LabCA, tmp_path: Path) -> None:
    known, stranger = lab_ca.issue("prometheus", "prometheus.example.com"), LabCA(tmp_path / "other").issue("stranger")
    async with https(tmp_path, lab_ca.issue("web"), MUTUAL, f"client_ca_file: {lab_ca.bundle}") as server:
        assert await get(server, with_certificate(lab_ca, known)) == "healthy\n"
        for client in (lab_ca.client_context(), with_certificate(lab_ca, stranger)):
            with pytest.raises(aiohttp.ClientError):
                await get(server, client)


async def test_a_client_certificate_may_be_optional_but_not_wrong(lab_ca: LabCA, tmp_path: Path) -> None:
    stranger = LabCA(tmp_path / "other").issue("stranger")
    extra = ("client_auth_type: VerifyClientCertIfGiven", f"client_ca_file: {lab_ca.bundle}")
    async with https(tmp_path, lab_ca.issue("web"), *extra) as server:
        assert await get(server, lab_ca.client_context()) == "healthy\n"
        with pytest.raises(aiohttp.ClientError):
            await get(server, with_certificate(lab_ca, stranger))


@pytest.mark.parametrize("name", ["prometheus.example.com", "10.0.0.1", "2001:db8::1", "ops@example.com"])
async def test_the_client_certificate_must_carry_an_allowed_name(lab_ca: LabCA, tmp_path: Path, name: str) -> None:
    extra = (
        MUTUAL,
        f"client_ca_file: {lab_ca.bundle}",
        "client_allowed_sans: [prometheus.example.com, 10.0.0.1, '2001:DB8:0::1', ops@example.com]",
    )
    async with https(tmp_path, lab_ca.issue("web"), *extra) as server:
        known = lab_ca.issue("known", "other.example.com", name)
        assert await get(server, with_certificate(lab_ca, known)) == "healthy\n"
        unknown = lab_ca.issue("unknown", "prometheus.example.org", "10.0.0.10", "2001:db8::2")
        with pytest.raises(aiohttp.ClientError):
            await get(server, with_certificate(lab_ca, unknown))


async def test_a_renewed_certificate_is_shown_to_the_next_connection(lab_ca: LabCA, tmp_path: Path) -> None:
    client = lab_ca.client_context()
    async with https(tmp_path, lab_ca.issue("renewed")) as server, aiohttp.ClientSession() as session:
        before = await serial_shown(server, client)
        async with session.get(f"{server.url}/-/healthy", ssl=client) as response:
            assert response.status == 200
        lab_ca.issue("renewed")
        after = await serial_shown(server, client)
        assert after != before
        async with session.get(f"{server.url}/-/healthy", ssl=client) as response:
            assert response.status == 200, "an open connection goes on"


async def test_a_certificate_renewed_in_two_steps_never_interrupts(lab_ca: LabCA, tmp_path: Path) -> None:
    client = lab_ca.client_context()
    certificate, next_one = lab_ca.issue("stepwise"), lab_ca.issue("next")
    async with https(tmp_path, certificate) as server:
        before = await serial_shown(server, client)
        with capture_logs() as logs:
            certificate.chain.write_bytes(next_one.chain.read_bytes())
            assert await serial_shown(server, client) == before
            assert await serial_shown(server, client) == before
        problem = f"the key in {certificate.key} does not belong to the certificate in {certificate.chain}"
        assert [entry["error"] for entry in logs] == [f"{tmp_path / 'web.yml'}: tls_server_config: {problem}"], (
            "logged once"
        )
        certificate.key.write_bytes(next_one.key.read_bytes())
        assert await serial_shown(server, client) != before


async def test_a_broken_file_keeps_following_the_certificates_of_the_one_in_force(
    lab_ca: LabCA, tmp_path: Path
) -> None:
    client = lab_ca.client_context()
    async with https(tmp_path, lab_ca.issue("followed")) as server:
        file = tmp_path / "web.yml"
        good, before = file.read_text(encoding="utf-8"), await serial_shown(server, client)
        file.write_text("tls_server_config: {wrong: x}", encoding="utf-8")
        assert await serial_shown(server, client) == before
        lab_ca.issue("followed")
        renewed = await serial_shown(server, client)
        assert renewed != before
        lab_ca.issue("followed")
        assert await serial_shown(server, client) != renewed
        assert "web_config_last_reload_successful 0.0" in await get(server, client, "/metrics")
        file.write_text(good, encoding="utf-8")
        assert "web_config_last_reload_successful 1.0" in await get(server, client, "/metrics")


def test_check_config_checks_the_web_file_and_its_certificates(lab_ca: LabCA, tmp_path: Path) -> None:
    file, certificate = tmp_path / "web.yml", lab_ca.issue("checked")
    file.write_text(f"tls_server_config: {{cert_file: {certificate.chain}, key_file: absent}}", encoding="utf-8")
    (line,) = check_config(None, file)
    assert line == (
        f"{file}: tls_server_config.key_file: {tmp_path / 'absent'} cannot be read: No such file or directory"
    )
    file.write_text(
        f"tls_server_config: {{cert_file: {certificate.chain}, key_file: {certificate.key}}}", encoding="utf-8"
    )
    assert check_config(None, file) == []


async def test_a_broken_certificate_keeps_the_old_one_and_says_so_in_a_metric(lab_ca: LabCA, tmp_path: Path) -> None:
    client = lab_ca.client_context()
    certificate = lab_ca.issue("broken")
    metric = "\nazure_migrate_exporter_web_config_last_reload_successful"
    async with https(tmp_path, certificate) as server:
        before = await serial_shown(server, client)
        await get(server, client)
        assert f"{metric} 1.0\n" in await get(server, client, "/metrics")
        certificate.chain.write_text("not a certificate", encoding="utf-8")
        assert await serial_shown(server, client) == before
        certificate.chain.unlink()
        assert await serial_shown(server, client) == before
        await get(server, client)
        assert f"{metric} 0.0\n" in await get(server, client, "/metrics")
        lab_ca.issue("broken")
        assert await serial_shown(server, client) != before


async def test_a_new_client_ca_counts_from_the_next_connection_on(lab_ca: LabCA, tmp_path: Path) -> None:
    other = LabCA(tmp_path / "other")
    bundle = tmp_path / "clients.pem"
    bundle.write_bytes(lab_ca.bundle.read_bytes())
    old, new = with_certificate(lab_ca, lab_ca.issue("old")), with_certificate(lab_ca, other.issue("new"))
    async with https(tmp_path, lab_ca.issue("web"), MUTUAL, f"client_ca_file: {bundle}") as server:
        assert await get(server, old) == "healthy\n"
        bundle.write_bytes(other.bundle.read_bytes())
        assert await get(server, new) == "healthy\n"
        with pytest.raises(aiohttp.ClientError):
            await get(server, old)


async def test_tls_cannot_be_turned_off_while_running(lab_ca: LabCA, tmp_path: Path) -> None:
    async with https(tmp_path, lab_ca.issue("web")) as server:
        (tmp_path / "web.yml").write_text("", encoding="utf-8")
        with capture_logs() as logs:
            assert await get(server, lab_ca.client_context()) == "healthy\n"
        assert logs[0]["error"] == f"{tmp_path / 'web.yml'}: to turn TLS on or off, restart the exporter"


@pytest.mark.parametrize(("low", "high"), [("TLS12", "TLS12"), ("TLS13", "TLS13")])
async def test_versions_are_kept_to(lab_ca: LabCA, tmp_path: Path, low: str, high: str) -> None:
    async with https(tmp_path, lab_ca.issue("web"), f"min_version: {low}", f"max_version: {high}") as server:
        answers = {}
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            client = lab_ca.client_context()
            client.minimum_version = client.maximum_version = version
            try:
                answers[version.name] = await get(server, client)
            except aiohttp.ClientError:
                answers[version.name] = "refused"
    allowed = low.replace("TLS1", "TLSv1_")
    assert answers == {name: "healthy\n" if name == allowed else "refused" for name in ("TLSv1_2", "TLSv1_3")}


async def test_cipher_suites_and_curve_are_kept_to(lab_ca: LabCA, tmp_path: Path) -> None:
    suites = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256"
    extra = ("max_version: TLS12", f"cipher_suites: [{suites}]", "curve_preferences: [CurveP384]")
    async with https(tmp_path, lab_ca.issue("web"), *extra) as server:
        client = lab_ca.client_context()
        _, writer = await asyncio.open_connection(server.host, server.port, ssl=client)
        assert writer.get_extra_info("cipher")[0].endswith("AES256-GCM-SHA384")
        writer.close()
        client.set_ecdh_curve("prime256v1")
        with pytest.raises(aiohttp.ClientError):
            await get(server, client)


async def test_certificates_may_be_written_into_the_file(lab_ca: LabCA, tmp_path: Path) -> None:
    certificate = lab_ca.issue("inline")
    config = tmp_path / "web.yml"
    texts = {"cert": certificate.chain, "key": certificate.key, "client_ca": lab_ca.bundle}
    lines = ["tls_server_config:", f"  {MUTUAL}"]
    for key, path in texts.items():
        lines += [f"  {key}: |", *(f"    {line}" for line in path.read_text(encoding="ascii").splitlines())]
    config.write_text("\n".join(lines), encoding="ascii")
    async with web_server(tmp_path, web_config=config) as server:
        assert await get(server, with_certificate(lab_ca, lab_ca.issue("prometheus"))) == "healthy\n"


def problem_of(config: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        WebConfigWatcher(config)
    (line,) = caught.value.errors
    return line.removeprefix(f"{config}: tls_server_config")


def test_each_bad_file_is_one_clear_line(lab_ca: LabCA, tmp_path: Path) -> None:
    good, other = lab_ca.issue("good"), lab_ca.issue("other")
    junk, missing = tmp_path / "junk.pem", tmp_path / "missing.pem"
    junk.write_text("junk", encoding="utf-8")
    assert problem_of(write_config(tmp_path, Certificate(missing, good.key))) == (
        f".cert_file: {missing} cannot be read: No such file or directory"
    )
    assert problem_of(write_config(tmp_path, Certificate(good.chain, missing))) == (
        f".key_file: {missing} cannot be read: No such file or directory"
    )
    assert problem_of(write_config(tmp_path, Certificate(good.chain, other.key))) == (
        f": the key in {other.key} does not belong to the certificate in {good.chain}"
    )
    for certificate in (Certificate(junk, good.key), Certificate(good.chain, junk), Certificate(good.key, good.chain)):
        assert problem_of(write_config(tmp_path, certificate)) == (
            f": {certificate.chain} and {certificate.key} must hold a certificate and its key as PEM"
        )
    for ca, text in ((missing, "cannot be read: No such file or directory"), (junk, "holds no CA certificate as PEM")):
        line = problem_of(write_config(tmp_path, good, MUTUAL, f"client_ca_file: {ca}"))
        assert line.endswith(f"{ca} {text}")


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(
    lab_ca: LabCA, tmp_path: Path, form: PrivateFormat
) -> None:
    certificate = lab_ca.issue("locked")
    key = load_pem_private_key(certificate.key.read_bytes(), None)
    certificate.key.write_bytes(key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"T0pS3cret")))
    assert problem_of(write_config(tmp_path, certificate)) == (
        f": the key in {certificate.key} has a passphrase; write it without one (`openssl pkey`)"
    )
