"""What three sources call the state of a service, and what becomes of it."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import psutil
import pytest

from azure_migrate_exporter.collectors.gateway import GatewayCollector
from azure_migrate_exporter.collectors.gateway.local import LocalSource, WindowsService
from azure_migrate_exporter.collectors.gateway.services import Service, Source, state_named
from azure_migrate_exporter.collectors.gateway.windows_exporter import parse
from azure_migrate_exporter.exposition.metrics import GATEWAY_SERVICE_START_TIME, GATEWAY_SERVICE_STATE
from azure_migrate_exporter.reasons import Reason
from tests.measured import measure


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Running", "running"),
        ("Start Pending", "start_pending"),
        ("stop pending", "stop_pending"),
        ("continue_pending", "start_pending"),
        ("Pause Pending", "paused"),
        ("Unknown", "unknown"),
        ("", "unknown"),
        ("Gone fishing", "unknown"),
    ],
)
def test_every_word_for_a_state_has_one_meaning(text: str, state: str) -> None:
    assert state_named(text) == state


# --- the page of a windows_exporter ----------------------------------------------------------------------------------

PAGE = r"""# HELP windows_service_info A metric with a constant '1' value labeled with service information
# TYPE windows_service_info gauge
windows_service_info{display_name="Azure Gateway",name="asrgwy",path_name="\"C:\\gw.exe\"",run_as=""} 1
# TYPE windows_service_process gauge
windows_service_process{name="asrgwy",process_id="2856"} 1.7244891e+09
# TYPE windows_service_state gauge
windows_service_state{name="asrgwy",state="continue pending"} 0
windows_service_state{name="asrgwy",state="running"} 1
windows_service_state{name="asrgwy",state="stopped"} 0
windows_service_state{name="odd}\"\\name",state="stop pending"} 1
windows_service_state{name="Themes",state="running"} 0
windows_exporter_collector_success{collector="service"} 1
windows_exporter_collector_success{collector="cpu"} 0
"""


def test_a_page_is_read_as_it_is_written() -> None:
    page = parse(PAGE)
    assert page.states == {"asrgwy": "running", 'odd}"\\name': "stop_pending", "themes": "unknown"}
    assert page.started == {"asrgwy": 1_724_489_100}
    assert page.collectors == {"service": True, "cpu": False}


def test_a_page_of_the_exporter_before_its_new_name_is_read_too() -> None:
    page = parse('wmi_service_state{name="asrgwy",state="stopped"} 1\n')
    assert page.states == {"asrgwy": "stopped"}


# --- this machine ----------------------------------------------------------------------------------------------------


@dataclass
class Windows:
    """Answers as `psutil.win_service_get` does, with psutil's own exceptions."""

    services: Mapping[str, WindowsService]

    def find(self, name: str) -> WindowsService:
        if name not in self.services:
            raise psutil.NoSuchProcess(pid=0, name=name, msg=f"service {name!r} does not exist")
        return self.services[name]


@dataclass
class Answer:
    """A service with what psutil reads of it: ``status()`` in lower case, ``pid()`` None while it has none."""

    state: str
    process: int | None = None

    def status(self) -> str:
        return self.state

    def pid(self) -> int | None:
        return self.process


class Hidden(Answer):
    def status(self) -> str:
        raise psutil.AccessDenied(pid=None, name="asrgwy", msg="not enough privileges")


async def read(windows: Mapping[str, WindowsService], *names: str) -> dict[str, Service]:
    source = LocalSource(Windows(windows).find)
    try:
        return await source.read(names)
    finally:
        await source.close()


async def test_a_local_service_with_the_start_of_its_process() -> None:
    found = await read({"asrgwy": Answer("running", os.getpid())}, "asrgwy")
    assert found == {"asrgwy": Service("running", psutil.Process().create_time())}


async def test_a_local_service_that_is_stopped_and_one_that_is_missing() -> None:
    found = await read({"asrgwy": Answer("stopped")}, "asrgwy", "nosuch")
    assert found == {"asrgwy": Service("stopped"), "nosuch": Service("not_found")}


async def test_a_process_that_ended_meanwhile_has_no_start() -> None:
    found = await read({"asrgwy": Answer("stop_pending", 2**22 + 1)}, "asrgwy")
    assert found == {"asrgwy": Service("stop_pending")}


def reading(source: Source) -> Callable[[], Awaitable[Source]]:
    async def connect() -> Source:
        return source

    return connect


async def test_a_hidden_service_is_forbidden_and_the_others_are_told() -> None:
    windows = {"asrgwy": Hidden(""), "RpcSs": Answer("running", os.getpid())}
    collector = GatewayCollector("site1", ("asrgwy", "RpcSs"), reading(LocalSource(Windows(windows).find)))
    seen = await measure(collector)
    await collector.close()
    assert seen.reason is Reason.FORBIDDEN
    assert seen.value(GATEWAY_SERVICE_STATE, windows_service="asrgwy", state="unknown") == 1
    assert seen.value(GATEWAY_SERVICE_STATE, windows_service="RpcSs", state="running") == 1
    assert seen.value(GATEWAY_SERVICE_START_TIME, windows_service="RpcSs") == psutil.Process().create_time()


async def test_the_local_source_says_where_it_works() -> None:
    collector = GatewayCollector("site1", ("asrgwy",), reading(LocalSource(find=None)))
    seen = await measure(collector)
    await collector.close()
    assert seen.reason is Reason.UNSUPPORTED
    assert "run the exporter on the appliance, or read it with source winrm or windows_exporter" in seen.message
    assert seen.value(GATEWAY_SERVICE_STATE, windows_service="asrgwy", state="unknown") == 1
