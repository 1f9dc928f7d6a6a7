"""The lab's name server, as the C library's resolver sees it, in this process and in one that it starts."""

import asyncio
import json
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from dns.rcode import Rcode

from tests.clock import until
from tests.lab import resolver
from tests.lab.check_status import Sample
from tests.lab.exporter import COMMAND, exporter
from tests.lab.name_server import NameServer, Query
from tests.lab.process import write_yaml
from tests.lab.tcp import TcpListener

HOST = "esx01.example"


async def resolve(name: str) -> set[str]:
    """The addresses that getaddrinfo finds."""
    found = await asyncio.to_thread(socket.getaddrinfo, name, 902, type=socket.SOCK_STREAM)
    return {str(address[0]) for *_, address in found}


async def failure(name: str) -> int | None:
    with pytest.raises(socket.gaierror) as error:
        await resolve(name)
    return error.value.errno


async def test_a_name_has_the_addresses_that_were_set(name_server: NameServer) -> None:
    name_server.set_addresses("ESX01.example.", "127.0.0.1", "127.0.0.2", "::1")
    assert await resolve(HOST) == {"127.0.0.1", "127.0.0.2", "::1"}
    assert set(name_server.queries) == {Query(HOST, "A", "udp"), Query(HOST, "AAAA", "udp")}


async def test_a_name_may_have_addresses_of_one_family(name_server: NameServer) -> None:
    name_server.set_addresses(HOST, "127.0.0.1")
    assert await resolve(HOST) == {"127.0.0.1"}


async def test_an_answer_that_is_too_long_for_udp_comes_over_tcp(name_server: NameServer) -> None:
    addresses = {f"127.0.7.{number}" for number in range(1, 60)}
    name_server.set_addresses(HOST, *addresses)
    assert await resolve(HOST) == addresses
    assert {query.transport for query in name_server.queries} == {"udp", "tcp"}


async def test_a_name_that_was_not_set_does_not_exist(name_server: NameServer) -> None:
    assert await failure(HOST) == socket.EAI_NONAME
    assert name_server.queries


async def test_a_server_may_fail(name_server: NameServer) -> None:
    name_server.set_failure(HOST, Rcode.SERVFAIL)
    assert await failure(HOST) == socket.EAI_AGAIN
    name_server.set_failure(HOST, Rcode.NXDOMAIN)
    assert await failure(HOST) == socket.EAI_NONAME


async def test_one_name_may_be_silent(name_server: NameServer) -> None:
    name_server.set_silent(HOST)
    name_server.set_addresses("esx02.example", "127.0.0.2")
    silent = asyncio.create_task(failure(HOST))
    assert await resolve("esx02.example") == {"127.0.0.2"}
    assert not silent.done()
    assert await silent == socket.EAI_AGAIN


async def test_after_silence_every_name_is_answered_again(name_server: NameServer) -> None:
    name_server.set_addresses(HOST, "127.0.0.1")
    name_server.silent = True
    assert await failure(HOST) == socket.EAI_AGAIN
    assert {query.name for query in name_server.queries} == {HOST}
    name_server.silent = False
    assert await resolve(HOST) == {"127.0.0.1"}


async def test_over_tcp_silence_lasts_until_the_server_hangs_up(name_server: NameServer) -> None:
    # The C library has no timeout of its own there.
    with NameServer() as server, resolver.asking(server.address, "use-vc attempts:1"):
        server.silent = True
        silent = asyncio.create_task(failure(HOST))
        await until(lambda: Query(HOST, "A", "tcp") in server.queries)
        assert not silent.done()
    assert await silent == socket.EAI_AGAIN
    assert name_server.queries == []


async def test_what_is_no_question_has_no_answer(name_server: NameServer) -> None:
    assert name_server.reply(b"\0", "udp") is None
    assert name_server.queries == []


async def test_each_server_has_an_address_of_its_own(name_server: NameServer) -> None:
    with NameServer() as other:
        assert other.address != name_server.address
        other.set_addresses(HOST, "127.0.0.2")
        name_server.set_addresses(HOST, "127.0.0.1")
        with resolver.asking(other.address):
            assert await resolve(HOST) == {"127.0.0.2"}
        assert await resolve(HOST) == {"127.0.0.1"}


async def python(*lines: str) -> str:
    """What a new process says: its output, or the last line of its traceback."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "\n".join(["from tests.lab import resolver", *lines]), stdout=PIPE, stderr=PIPE
    )
    output, complaint = await process.communicate()
    return output.decode() or complaint.decode().splitlines()[-1]


async def test_a_process_keeps_its_file_to_itself(name_server: NameServer) -> None:
    ours = resolver.RESOLV_CONF.read_text()
    assert ours.startswith(f"nameserver {name_server.address}\n")
    show = "    print(resolver.RESOLV_CONF.read_text())"
    theirs = await python("resolver.isolate()", "with resolver.asking('127.0.53.254'):", show)
    assert theirs.startswith("nameserver 127.0.53.254\n")
    assert resolver.RESOLV_CONF.read_text() == ours


async def test_a_process_without_a_file_of_its_own_is_not_changed(name_server: NameServer) -> None:
    assert (await python(f"with resolver.asking({name_server.address!r}):", "    pass")).endswith(
        "The name server: this process has no /etc/resolv.conf of its own; run the tests as root, on Linux"
    )


async def test_the_exporter_asks_it_too(name_server: NameServer, tmp_path: Path) -> None:
    async with TcpListener(host="127.0.4.1") as host:
        name_server.set_addresses(HOST, host.host)
        esxi = {"hosts": [HOST, "esx02.example"], "port": host.port}
        config = write_yaml(tmp_path / "exporter.yml", {"appliances": [{"name": "paris", "esxi": esxi}]})
        process = await asyncio.create_subprocess_exec(
            *COMMAND.command, "collect", f"--config.file={config}", "--json", "esxi", stdout=PIPE
        )
        output, _ = await process.communicate()
    runs = [json.loads(line) for line in output.splitlines()]
    assert [(run["target"], run["reason"]) for run in runs] == [(HOST, None), ("esx02.example", "dns")]


async def test_an_exporter_that_runs_notices_silence_and_its_end(name_server: NameServer, tmp_path: Path) -> None:
    schedule = {"interval": "1s", "retry_interval": "1s", "timeout": "900ms"}
    async with TcpListener(host="127.0.4.1") as host:
        name_server.set_addresses(HOST, host.host)
        config = {
            "appliances": [{"name": "paris", "esxi": {"hosts": [HOST], "port": host.port}}],
            "schedules": {"esxi": schedule},
        }
        async with exporter(tmp_path, write_yaml(tmp_path / "exporter.yml", config)) as running:

            async def up(value: int) -> None:
                async def check() -> bool:
                    return Sample("esxi_tcp_up", {"appliance": "paris", "host": HOST}, value) in (await running.page())

                await running.process.until(check, 15)

            await up(1)
            name_server.silent = True
            await up(0)
            name_server.silent = False
            await up(1)
