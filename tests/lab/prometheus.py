"""A real Prometheus with a generated configuration, and its HTTP API."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.lab import tools
from tests.lab.process import answers, free_port, running, write_yaml

START_DEADLINE: Final = 30.0
_POLL: Final = 0.1


@dataclass(frozen=True, slots=True)
class ScrapeTarget:
    """A scrape job with one address."""

    job: str
    address: str
    path: str = "/metrics"
    params: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    """Trust this CA and use https."""
    username: str | None = None
    password_file: Path | None = None

    def config(self) -> dict[str, Any]:
        """The entry of `scrape_configs`."""
        entry: dict[str, Any] = {
            "job_name": self.job,
            "metrics_path": self.path,
            "params": {name: [value] for name, value in self.params.items()},
            "static_configs": [{"targets": [self.address]}],
        }
        if self.ca_file:
            entry |= {"scheme": "https", "tls_config": {"ca_file": str(self.ca_file)}}
        if self.username:
            entry["basic_auth"] = {"username": self.username, "password_file": str(self.password_file)}
        return entry


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float


Predicate = Callable[[Sequence[Sample]], bool]


class Prometheus:
    """The HTTP API of a running Prometheus."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def query(self, expression: str) -> list[Sample]:
        """The current instant vector (or scalar) of a PromQL expression. Raises ValueError with Prometheus' error."""
        data = await self._get("query", query=expression)
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]))]
        return [Sample(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    async def evaluate(self, expression: str, *, start: float, end: float, step: float = 0.0) -> dict[str, Any]:
        """The result of a query, with statistics: of an instant query at `end`, or with a step of a range."""
        if not step:
            return await self._get("query", query=expression, time=f"{end:.3f}", stats="all")
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return await self._get("query_range", query=expression, **times, stats="all")

    async def wait_for(
        self, expression: str, predicate: Predicate = bool, *, deadline: float = 30.0
    ) -> Sequence[Sample]:
        """The first result that satisfies `predicate`; by default, the first that is not empty."""
        seen: Sequence[Sample] = ()
        try:
            async with asyncio.timeout(deadline):
                while not predicate(seen := await self.query(expression)):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise TimeoutError(f"after {deadline:g} s, {expression} is still {list(seen)[:5]}") from None
        return seen

    async def targets(self) -> dict[str, str]:
        """Health (up, down, unknown) by job."""
        data = await self._get("targets")
        return {target["labels"]["job"]: target["health"] for target in data["activeTargets"]}

    async def wait_until_up(self, *jobs: str, deadline: float = 30.0) -> None:
        """Wait until the newest scrape of each job has succeeded."""
        await self.wait_for(
            "up == 1", lambda samples: set(jobs) <= {sample.labels["job"] for sample in samples}, deadline=deadline
        )

    async def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing alerts, as the API lists them."""
        alerts: list[dict[str, Any]] = (await self._get("alerts"))["alerts"]
        return alerts

    async def reload(self) -> None:
        """Reload configuration and rules. Raises ValueError with Prometheus' error.

        A reload drops the known Alertmanagers, and an alert that fires before they are discovered again is sent a
        minute later. So this returns once they are.
        """
        known = await self._alertmanagers()
        async with self._session.post(f"{self.url}/-/reload") as response:
            if not response.ok:
                raise ValueError((await response.text()).strip())
        async with asyncio.timeout(30):
            while await self._alertmanagers() < known:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.1)

    async def _alertmanagers(self) -> int:
        return len((await self._get("alertmanagers"))["activeAlertmanagers"])

    async def _get(self, endpoint: str, **params: str) -> dict[str, Any]:
        async with self._session.get(f"{self.url}/api/v1/{endpoint}", params=params) as response:
            body: dict[str, Any] = await response.json()
        if body["status"] != "success":
            raise ValueError(f"{endpoint} {params}: {body.get('error')}")
        data: dict[str, Any] = body["data"]
        return data


@asynccontextmanager
async def prometheus(
    directory: Path,
    targets: Sequence[ScrapeTarget],
    *,
    scrape_interval: str = "1s",
    evaluation_interval: str = "1s",
    rule_files: Sequence[Path] = (),
    alertmanager: str | None = None,
    port: int = 0,
    retention: str = "1d",
    lookback: str = "5m",
    receives: bool = False,
) -> AsyncIterator[Prometheus]:
    """Run Prometheus with its data in `directory`; `alertmanager` is the URL of one, `receives` takes remote writes.

    `lookback`: for how long a sample counts if its series has no end, as in a storage that was written from a file.

    Raises `tools.NotInstalledError`.
    """
    program = await asyncio.to_thread(tools.prometheus)
    config = {
        "global": {"scrape_interval": scrape_interval, "evaluation_interval": evaluation_interval},
        "scrape_configs": [{**target.config(), "scrape_timeout": scrape_interval} for target in targets],
        "rule_files": [str(path.resolve()) for path in rule_files],
    }
    if alertmanager:
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.split("//")[1]]}]}]}
    address = f"127.0.0.1:{free_port(port)}"
    arguments = (
        f"--config.file={write_yaml(directory / 'prometheus.yml', config)}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={address}",
        f"--storage.tsdb.retention.time={retention}",
        f"--query.lookback-delta={lookback}",
        "--web.enable-lifecycle",
        "--log.level=warn",
        *(["--web.enable-remote-write-receiver"] if receives else []),
    )
    url = f"http://{address}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        running("Prometheus", program, *arguments, log=directory / "prometheus.log") as process,
    ):
        await process.until(answers(session, f"{url}/-/ready"), START_DEADLINE)
        yield Prometheus(url, session)
