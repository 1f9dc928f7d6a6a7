"""The web server as Prometheus' own programs see it: scraped, linted, and its configuration checked."""

from pathlib import Path

import bcrypt

from tests.lab.ca import LabCA
from tests.lab.prometheus import ScrapeTarget, prometheus
from tests.lab.promtool import promtool
from tests.scripted import Script
from tests.webserver import is_refused, web_server, works


def write_config(directory: Path, ca: LabCA) -> Path:
    """A configuration with everything that a server may ask of Prometheus with a password."""
    certificate = ca.issue("web")
    path = directory / "web.yml"
    path.write_text(
        f"""
tls_server_config:
  cert_file: {certificate.chain}
  key_file: {certificate.key}
  client_auth_type: VerifyClientCertIfGiven
  client_ca_file: {ca.bundle}
  min_version: TLS12
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  curve_preferences: [CurveP256]
http_server_config:
  headers: {{X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=3600}}
basic_auth_users:
  prometheus: {bcrypt.hashpw(b"T0pS3cret", bcrypt.gensalt(4)).decode()}
""",
        encoding="utf-8",
    )
    return path


async def test_prometheus_scrapes_metrics_and_probes_over_tls_with_a_password(lab_ca: LabCA, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("T0pS3cret", encoding="utf-8")
    scripts = {"vault1": Script(works), "vault2": Script(is_refused)}
    async with web_server(tmp_path, scripts, write_config(tmp_path, lab_ca)) as server:
        await server.run_all()
        address = f"{server.host}:{server.port}"
        access = {"ca_file": lab_ca.bundle, "username": "prometheus", "password_file": password}
        probe = {"collector": "scripted", "target": "vault2"}
        jobs = [
            ScrapeTarget("exporter", address, **access),  # type: ignore[arg-type]
            ScrapeTarget("probe", address, path="/probe", params=probe, **access),  # type: ignore[arg-type]
        ]
        async with prometheus(tmp_path / "prometheus", jobs) as prom:
            await prom.wait_until_up("exporter", "probe")
            up = await prom.wait_for("azure_migrate_keyvault_tcp_up{job='exporter'}")
            assert {sample.labels["keyvault"]: sample.value for sample in up} == {"vault1": 1, "vault2": 0}
            (success,) = await prom.wait_for("probe_success")
            assert success.value == 0
            (info,) = await prom.wait_for("probe_failure_info")
            assert info.labels["reason"] == "refused"
            answered = "azure_migrate_exporter_http_requests_total{handler='/metrics'}"
            codes = {sample.labels["code"] for sample in await prom.wait_for(answered)}
            assert codes == {"200"}, "the first request already carries the password"


async def test_promtool_finds_nothing_to_say_about_either_page(tmp_path: Path) -> None:
    async with web_server(tmp_path, {"vault1": Script(works), "vault2": Script(is_refused)}) as server:
        await server.run_all()
        await server.get("/metrics")
        for page in ("/metrics", "/probe?collector=scripted&target=vault2"):
            _, text = await server.get(page)
            assert await promtool("check", "metrics", stdin=text) == (0, "")


async def test_prometheus_takes_the_same_web_configuration(lab_ca: LabCA, tmp_path: Path) -> None:
    path = write_config(tmp_path, lab_ca)
    async with web_server(tmp_path, web_config=path):
        code, output = await promtool("check", "web-config", str(path))
    assert (code, output.strip()) == (0, f"{path} SUCCESS")
