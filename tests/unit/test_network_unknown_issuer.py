"""A certificate that does not verify: the CA that is missing is named, whoever made the chain."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.network.blocking import open_blocking, shake_hands, wrap_tls
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import NamedContext, TlsContext, client_context, lenient_context, tls_failure
from azure_migrate_exporter.network.unknown_issuer import LONGEST, distinguished_name
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, TcpListener

CONTEXTS = [client_context, lenient_context, lambda path: NamedContext.verifying("localhost", path)]


def certificates(authority: trustme.CA) -> Certificates:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return Certificates(context, context, context)


async def failure(shown: Certificates, context: TlsContext, proxy: Proxy | None = None) -> str:
    async with TcpListener(certificates=shown) as listener:
        with pytest.raises(CheckError) as caught:
            async with connect("localhost", listener.port, tls=context):
                pass
    assert caught.value.reason is Reason.TLS
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    told = tls_failure(caught.value.__cause__, "localhost:443", proxy)
    assert told is not None
    return told.message


@pytest.mark.parametrize("make", CONTEXTS)
@pytest.mark.parametrize("ca_file", [True, False])
async def test_every_context_names_the_root_behind_an_intermediate_ca(
    make: Callable[[Path | None], TlsContext], tmp_path: Path, *, ca_file: bool
) -> None:
    root = trustme.CA(organization_name="Contoso", organization_unit_name="TLS inspection")
    ours = LabCA(tmp_path / "ca").bundle if ca_file else None
    message = await failure(certificates(root.create_child_ca()), make(ours))
    assert 'issuer "OU=TLS inspection, O=Contoso" is not trusted here: add it to ca_file or to the system\'s' in message


async def test_through_a_proxy_the_issuer_tells_whether_the_proxy_inspects_tls() -> None:
    root = trustme.CA(organization_name="Contoso", organization_unit_name="TLS inspection")
    message = await failure(certificates(root), client_context(None), Proxy("proxy.corp.example", 8080))
    assert '(its issuer is "OU=TLS inspection, O=Contoso"); does the proxy proxy.corp.example:8080' in message


async def test_sockets_that_block_name_it_too() -> None:
    root = trustme.CA(organization_name="Contoso", organization_unit_name="TLS inspection")

    def handshake(port: int) -> None:
        sock = open_blocking("localhost", port, timeout=5)
        shake_hands(wrap_tls(sock, client_context(None), "localhost"), f"localhost:{port}")

    async with TcpListener(certificates=certificates(root)) as listener:
        with pytest.raises(CheckError, match='issuer "OU=TLS inspection, O=Contoso" is not trusted here'):
            await asyncio.to_thread(handshake, listener.port)


async def test_a_trusted_ca_whose_certificate_ended_is_no_unknown_issuer(tmp_path: Path) -> None:
    ca = LabCA(tmp_path / "ca")
    expired = ca.issue("expired", "localhost", expired=True).server_context()
    message = await failure(Certificates(expired, expired, expired), client_context(ca.bundle))
    assert message.endswith("does not verify: certificate has expired")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ((), ""),
        (
            ((("countryName", "FR"),), (("organizationName", "Contoso"),), (("commonName", "Root"),)),
            "CN=Root, O=Contoso, C=FR",
        ),
        (((("commonName", "one\nline\x1b[31m"),),), "CN=one line\ufffd[31m"),
        (((("emailAddress", "it@contoso.example"), ("commonName", "x")),), "CN=x, emailAddress=it@contoso.example"),
    ],
)
def test_a_name_is_one_line(name: tuple[tuple[tuple[str, str], ...], ...], text: str) -> None:
    assert distinguished_name(name) == text


@given(st.lists(st.lists(st.tuples(st.sampled_from(["commonName", "x"]), st.text(st.characters())))))
def test_whatever_a_stranger_calls_itself_is_short_printable_and_one_line(name: list[list[tuple[str, str]]]) -> None:
    text = distinguished_name(name)
    text.encode()
    assert len(text) <= LONGEST + 1
    assert "\n" not in text
