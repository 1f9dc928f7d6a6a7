"""External URL, route prefix and path of the metrics: as Prometheus' own flags."""

from pathlib import Path

import pytest

from azure_migrate_exporter.web.routing import Routing, RoutingError, routing
from tests.scripted import Script
from tests.webserver import web_server, works


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((None, None, "/metrics"), Routing()),
        (("https://host/a/b/", None, "/metrics"), Routing("/a/b", "/metrics", "https://host", "https://host/a/b")),
        (("https://host:8443/a", "/", "metrics/"), Routing("", "/metrics", "https://host:8443", "https://host:8443/a")),
        ((None, "/x/", "/x"), Routing("/x", "/x")),
    ],
)
def test_the_path_of_the_external_url_is_the_prefix(
    flags: tuple[str | None, str | None, str], expected: Routing
) -> None:
    assert routing(*flags) == expected


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (("host/a", None, "/metrics"), '--web.external-url: write it as in "https://host/path", not'),
        (("https://me:secret@host/", None, "/metrics"), "--web.external-url: write it without a user and a password"),
        (("ftp://me:secret@host", None, "/metrics"), "--web.external-url: write it without a user and a password"),
        (("http://[", None, "/metrics"), "--web.external-url: "),
        (("https://host/?a", None, "/metrics"), "--web.external-url: "),
        ((None, "/{a}", "/metrics"), "--web.route-prefix: not a path"),
        ((None, "/a//b", "/metrics"), "--web.route-prefix: not a path"),
        ((None, None, "/"), "--web.telemetry-path: '/' is the path of another page"),
        ((None, None, "/probe"), "--web.telemetry-path: '/probe' is the path of another page"),
    ],
)
def test_what_is_no_url_and_no_path_is_refused(flags: tuple[str | None, str | None, str], problem: str) -> None:
    with pytest.raises(RoutingError) as raised:
        routing(*flags)
    assert str(raised.value).startswith(problem)


async def test_every_page_is_under_the_prefix(tmp_path: Path) -> None:
    routes = Routing("/migrate", "/telemetry", "https://proxy.example")
    async with web_server(tmp_path, {"t": Script(works)}, routing=routes) as server:
        await server.run_all()
        probe = "/migrate/probe?collector=scripted&target=t"
        for path in (
            "/migrate/",
            "/migrate/telemetry",
            "/migrate/config",
            "/migrate/-/healthy",
            "/migrate/-/ready",
            probe,
        ):
            assert (await server.get(path))[0] == 200, path
        for path in ("/metrics", "/migrate/metrics", "/-/healthy"):
            assert (await server.get(path))[0] == 404, path
        assert 'href="telemetry"' in (await server.get("/migrate/"))[1]
        for path in ("/", "/migrate"):
            async with server.client.get(path, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (302, "/migrate/")
        assert (await server.get(probe, Origin="https://proxy.example"))[0] == 200
        assert (await server.get(probe, Origin="https://evil.example"))[0] == 403
