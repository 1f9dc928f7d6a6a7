"""The batch API of platform metrics: a value a minute, some minutes late, for resources of one type in one region."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from azure_migrate_exporter.runtime.clock import Clock
from tests.lab.arm.refusals import RefusalError

Values = Mapping[str, float]
"""Aggregations of one minute, as in {"total": 5.0}."""
Minute = Callable[[float], Values | None]

UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "microsoft.storage/storageaccounts": {
        "Ingress": "Bytes",
        "Transactions": "Count",
        "Availability": "Percent",
        "SuccessE2ELatency": "MilliSeconds",
        "SuccessServerLatency": "MilliSeconds",
    },
    "microsoft.servicebus/namespaces": {
        "ActiveMessages": "Count",
        "DeadletteredMessages": "Count",
        "ThrottledRequests": "Count",
    },
    "microsoft.keyvault/vaults": {"ServiceApiResult": "Count"},
}
DIMENSIONS: Final = {"ResponseType", "EntityName", "StatusCode"}
MOST: Final = 50
DEFAULT_TOP: Final = 10


@dataclass(slots=True)
class Call:
    """One call that was made."""

    subscription: str
    resources: list[str]
    query: dict[str, str]


@dataclass(slots=True)
class _Series:
    dimensions: dict[str, str]
    minute: Minute


@dataclass
class LabMetrics:
    """What Azure measures of each resource."""

    clock: Clock
    late: float = 150.0
    """Seconds after the end of a minute until its values are available."""
    calls: list[Call] = field(default_factory=list)
    _regions: dict[str, str] = field(default_factory=dict)
    _series: dict[tuple[str, str], list[_Series]] = field(default_factory=dict)

    def resource(self, id: str, region: str) -> None:  # noqa: A002 - what Azure calls it
        """Create one without values."""
        self._regions[id.casefold()] = region

    def set(self, resource: str, metric: str, minute: Values | Minute, **dimensions: str) -> None:
        """The values of each minute, or a function from its start to them; replaces those of the same dimensions."""
        values = minute if callable(minute) else lambda _: minute
        known = self._series.setdefault((resource.casefold(), metric), [])
        known[:] = [one for one in known if one.dimensions != dimensions]
        known.append(_Series(dimensions, values))

    def answer(self, subscription: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
        """The answer to a call. Raises RefusalError for one that Azure would not take."""
        resources: list[str] = json.loads(body)["resourceids"]
        self.calls.append(Call(subscription, resources, query))
        self._check(subscription, resources, query)
        return {"values": [self._resource(one, query) for one in resources]}

    def _check(self, subscription: str, resources: list[str], query: dict[str, str]) -> None:
        namespace = query["metricnamespace"].casefold()
        wrong = [
            len(resources) > MOST,
            len({self._regions.get(one.casefold()) for one in resources}) != 1,
            any(f"/subscriptions/{subscription}/".casefold() not in one.casefold() for one in resources),
            any(f"/providers/{namespace}/" not in one.casefold() for one in resources),
            any(name not in UNITS.get(namespace, {}) for name in query["metricnames"].split(",")),
            query.get("filter", "").partition(" ")[0] not in {"", *DIMENSIONS},
            "top" in query and "filter" not in query,
        ]
        if any(wrong):
            raise RefusalError(400, "BadRequest", f"The batch is not valid: {wrong}")

    def _resource(self, resource: str, query: dict[str, str]) -> dict[str, Any]:
        names = query["metricnames"].split(",")
        return {
            "starttime": query["starttime"],
            "endtime": query["endtime"],
            "interval": query["interval"],
            "namespace": query["metricnamespace"],
            "resourceregion": self._regions[resource.casefold()],
            "resourceid": resource,
            "value": [self._metric(resource, name, query) for name in names],
        }

    def _metric(self, resource: str, name: str, query: dict[str, str]) -> dict[str, Any]:
        split = query.get("filter", "").partition(" ")[0]
        series = self._series.get((resource.casefold(), name), [])
        top = int(query.get("top", DEFAULT_TOP))
        found = [one for one in series if split in one.dimensions][:top] if split else series[:1]
        return {
            "id": f"{resource}/providers/Microsoft.Insights/metrics/{name}",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": name, "localizedValue": name},
            "displayDescription": name,
            "unit": UNITS[query["metricnamespace"].casefold()][name],
            "timeseries": [
                {"metadatavalues": list(_metadata(one, split)), "data": list(self._data(one, query))} for one in found
            ],
            "errorCode": "Success",
        }

    def _data(self, series: _Series, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        wanted = query["aggregation"].split(",")
        start, end = (datetime.fromisoformat(query[name]).timestamp() for name in ("starttime", "endtime"))
        minute = start
        while minute < end:
            known = minute + 60 + self.late <= self.clock.time()
            values = (series.minute(minute) if known else None) or {}
            stamp = datetime.fromtimestamp(minute, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield {"timeStamp": stamp, **{name: values[name] for name in wanted if name in values}}
            minute += 60


def _metadata(series: _Series, split: str) -> Iterator[dict[str, Any]]:
    """Azure writes names of dimensions in lower case here."""
    if split:
        name = split.lower()
        yield {"name": {"value": name, "localizedValue": name}, "value": series.dimensions[split]}
