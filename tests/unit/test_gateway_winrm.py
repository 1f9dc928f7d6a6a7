"""Several appliances are read at the same time, and pypsrp has a table of the whole process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pypsrp.wsman import WSMan

from azure_migrate_exporter.collectors.gateway import winrm
from azure_migrate_exporter.config.gateway import WinRMGateway
from azure_migrate_exporter.network.proxy import DIRECT


def test_the_clients_of_several_appliances_are_made_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each registers its XML namespaces: "dictionary keys changed during iteration", if two do so at once."""
    meeting, met = threading.Barrier(2), []

    class Meeting(WSMan):
        def __init__(self, *args: Any, **options: Any) -> None:
            try:
                meeting.wait(0.1)
                met.append(self)
            except threading.BrokenBarrierError:
                pass
            super().__init__(*args, **options)

    monkeypatch.setattr(winrm, "WSMan", Meeting)
    settings = WinRMGateway.model_validate({"source": "winrm", "address": "appliance", "tls": False})
    sources = [winrm.WinRMSource(settings, DIRECT) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for client in threads.map(lambda source: source._client(), sources):
            client.close()
    assert met == []
