"""A windows_exporter of the lab: the page of the real one, in the words of its versions, about a `LabWindows`."""

import asyncio
import base64
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, TcpListener
from tests.lab.windows import STATES, LabService, LabWindows

NEW: Final = "0.31.3"
"""Names as Windows writes them, `windows_service_process`, no state `unknown`."""
OLD: Final = "0.25.1"
"""Names in lower case, the process id in `windows_service_info`, no start time."""

_TEXT: Final = (("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),)
_START_MODES: Final = ("auto", "boot", "disabled", "manual", "system")


class LabWindowsExporter(TcpListener):
    """Its page at `url`. What is wrong with the network is `switch`ed, the rest are attributes to set at any time."""

    def __init__(
        self,
        windows: LabWindows,
        *,
        certificates: Certificates | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(http(self._answer), certificates=certificates, host=host, port=port)
        self.windows = windows
        self.version = NEW
        self.collectors = ["cpu", "memory", "os", "service"]
        """Collectors that are enabled."""
        self.include = ".+"
        """--collector.service.include: services that it shows."""
        self.failing = False
        """Whether its service collector fails."""
        self.basic_auth: tuple[str, str] | None = None
        """User and password that it asks for."""
        self.bearer_token: str | None = None
        """Token that it asks for."""
        self.delay = 0.0
        """Seconds before each answer."""
        self.status = 200
        """Another one answers an error instead of the page."""
        self._scheme = "https" if certificates else "http"

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self._scheme}://{self.host}:{self.port}/metrics"

    async def _answer(self, request: Request) -> Response:
        await asyncio.sleep(self.delay)
        url = urlsplit(request.target)
        if self.status != 200:
            return Response(self.status)
        if not self._admits(request.headers.get("authorization", "")):
            return Response(401, b"Unauthorized\n", (("WWW-Authenticate", "Basic"),))
        if url.path == "/":
            return Response(
                200, b"<html><body><h1>windows_exporter</h1></body></html>", (("Content-Type", "text/html"),)
            )
        if url.path != "/metrics":
            return Response(404, b"404 page not found\n")
        wanted = parse_qs(url.query).get("collect[]", self.collectors)
        missing = [name for name in wanted if name not in self.collectors]
        if missing:
            return Response(400, f"unavailable collector: {missing[0]}\n".encode(), _TEXT)
        return Response(200, "".join(self._lines(wanted)).encode(), _TEXT)

    def _admits(self, authorization: str) -> bool:
        if self.basic_auth is not None:
            credentials = base64.b64encode(":".join(self.basic_auth).encode()).decode()
            return authorization == f"Basic {credentials}"
        return self.bearer_token is None or authorization == f"Bearer {self.bearer_token}"

    def _lines(self, collectors: Iterable[str]) -> Iterator[str]:
        yield from _family("windows_exporter_build_info", "A metric with a constant '1' value.", self._build_info())
        working = {name: not (name == "service" and self.failing) for name in collectors}
        yield from _family(
            "windows_exporter_collector_success",
            "windows_exporter: Whether the collector was successful.",
            [({"collector": name}, float(success)) for name, success in working.items()],
        )
        if "os" in working:
            yield from _family("windows_os_hostname", "Labelled system hostname", [({"hostname": "APPLIANCE"}, 1)])
        if working.get("service"):
            shown = [s for s in self.windows if re.fullmatch(self.include, s.name)]
            yield from self._new(shown) if self.version == NEW else self._old(shown)

    def _build_info(self) -> list[tuple[dict[str, str], float]]:
        return [({"goarch": "amd64", "goos": "windows", "version": self.version}, 1)]

    def _new(self, services: list[LabService]) -> Iterator[str]:
        info = [({**_described(s), "name": s.name, "path_name": s.path}, 1.0) for s in services]
        yield from _family("windows_service_info", "A metric with a constant '1' value labeled with", info)
        yield from _family(
            "windows_service_process",
            "Process of started service. The value is the creation time of the process as a unix timestamp.",
            [({"name": s.name, "process_id": str(s.pid)}, int(s.started)) for s in services if s.started is not None],
        )
        yield from _start_modes(s.name for s in services)
        states = [({"name": s.name, "state": x.lower()}, float(s.state == x)) for s in services for x in sorted(STATES)]
        yield from _family("windows_service_state", "The state of the service (State)", states)

    def _old(self, services: list[LabService]) -> Iterator[str]:
        info = [({**_described(s), "name": s.name.lower(), "process_id": str(s.pid)}, 1.0) for s in services]
        yield from _family("windows_service_info", "A metric with a constant '1' value labeled with", info)
        yield from _start_modes(s.name.lower() for s in services)
        states = [
            ({"name": s.name.lower(), "state": x.lower()}, float(s.state == x))
            for s in services
            for x in [*sorted(STATES), "Unknown"]
        ]
        yield from _family("windows_service_state", "The state of the service (State)", states)


def _described(service: LabService) -> dict[str, str]:
    return {"display_name": service.display_name, "run_as": "LocalSystem"}


def _start_modes(names: Iterable[str]) -> Iterator[str]:
    samples = [({"name": n, "start_mode": mode}, float(mode == "auto")) for n in names for mode in _START_MODES]
    return _family("windows_service_start_mode", "The start mode of the service (StartMode)", samples)


def _family(name: str, description: str, samples: Iterable[tuple[dict[str, str], float]]) -> Iterator[str]:
    yield f"# HELP {name} {description}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        pairs = ",".join(f'{label}="{_escape(text)}"' for label, text in sorted(labels.items()))
        yield f"{name}{{{pairs}}} {_number(value)}\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    """As client_golang prints it: the shortest text, with an exponent from a million on."""
    text = f"{value:.17g}" if value < 1e6 else f"{value:.{sys.float_info.dig}e}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}" if exponent else text
