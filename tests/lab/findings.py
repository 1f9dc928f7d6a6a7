"""What a check measured, in a few words for the terminal: the values that a person would look at first."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.lab.check_status import Sample

Samples = Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was measured, and whether it needs action."""

    text: str
    wrong: bool = False


Findings = Iterator[Finding]


def findings(collector: str, series: Samples) -> list[Finding]:
    """What the series of one check say; nothing for a collector that is not known here."""
    describe = _BY_COLLECTOR.get(collector)
    return list(describe(series)) if describe else []


def _of(series: Samples, name: str, **labels: str) -> Iterator[Sample]:
    return (s for s in series if s.name == name and labels.items() <= s.labels.items())


def _up(name: str, works: str, fails: str) -> Callable[[Samples], Findings]:
    def describe(series: Samples) -> Findings:
        yield from (Finding(works if sample.value else fails, not sample.value) for sample in _of(series, name))

    return describe


def _gateway(series: Samples) -> Findings:
    for sample in _of(series, "gateway_service_state"):
        if sample.value:
            state = sample.labels["state"]
            yield Finding(f"{sample.labels['windows_service']} {state.replace('_', ' ')}", state != "running")


def _benchmark(series: Samples) -> Findings:
    for sample in _of(series, "storage_upload_throughput_bytes_per_second"):
        yield Finding(f"{sample.value / 1e6:.2g} MB/s")


def _phases(name: str) -> Callable[[Samples], Findings]:
    def describe(series: Samples) -> Findings:
        yield from (Finding(f"{s.labels['phase']} {_milliseconds(s)}") for s in _of(series, name))

    return describe


def _keyvault(series: Samples) -> Findings:
    yield from _connected(series, "keyvault_tcp_connect_duration_seconds")
    for sample in _of(series, "keyvault_tls_certificate_expiry_timestamp_seconds"):
        days = (sample.value - time.time()) / 86400
        text = f"certificate ends in {days:.0f} d" if days >= 0 else f"certificate ended {-days:.0f} d ago"
        yield Finding(text, days < 0)


def _esxi(series: Samples) -> Findings:
    return _connected(series, "esxi_tcp_connect_duration_seconds")


def _connected(series: Samples, name: str) -> Findings:
    yield from (Finding(f"TCP opens in {_milliseconds(sample)}") for sample in _of(series, name))


def _milliseconds(sample: Sample) -> str:
    return f"{sample.value * 1e3:.1f} ms"


def _vsphere(series: Samples) -> Findings:
    """How many machines there are, and whatever is wrong with them, their hosts and their datastores."""
    for sample in _of(series, "vsphere_machines", scope="seen"):
        yield Finding(f"{sample.value:.0f} machines")
    yield from _machines(series)
    yield from _hosts(series)
    for datastore, share in _shares(series, "datastore_free_bytes", "datastore_capacity_bytes", "datastore"):
        if share < 0.1:
            yield Finding(f"{datastore} {share:.0%} free", wrong=True)


def _machines(series: Samples) -> Findings:
    for sample in _of(series, "vsphere_task_stalled"):
        if sample.value:
            operation = sample.labels["operation"].replace("_", " ")
            yield Finding(f"{operation} of {sample.labels['vm']} is stuck", wrong=True)
    for name, (healthy, text) in _OF_MACHINES.items():
        wrong = [sample.labels["vm"] for sample in _of(series, name) if sample.value != healthy]
        if wrong:
            yield Finding(f"{text}: {' '.join(wrong[:3])}{' …' if len(wrong) > 3 else ''}", wrong=True)


_OF_MACHINES: Final[Mapping[str, tuple[float, str]]] = {
    "vsphere_vm_consolidation_needed": (0, "needs consolidation"),
    "vsphere_vm_cbt_enabled": (1, "changed block tracking off"),
    "vsphere_vm_cbt_resets_total": (0, "changed block tracking was reset"),
    "vsphere_vm_invalid_snapshot_disks": (0, "snapshot without size"),
}
"""The healthy value of a machine's metric, and what any other means."""


def _hosts(series: Samples) -> Findings:
    for sample in _of(series, "vsphere_host_connection_state"):
        if sample.value and sample.labels["state"] != "connected":
            yield Finding(f"{sample.labels['host']} {sample.labels['state']}", wrong=True)
    for host, share in _shares(series, "nfc_buffer_used_bytes", "nfc_buffer_capacity_bytes", "host"):
        if share >= 0.75:
            yield Finding(f"NFC buffer of {host} {share:.0%} used", wrong=True)


def _shares(series: Samples, part: str, whole: str, label: str) -> Iterator[tuple[str, float]]:
    wholes = {sample.labels[label]: sample.value for sample in _of(series, whole)}
    for sample in _of(series, part):
        name = sample.labels[label]
        if wholes.get(name):
            yield name, sample.value / wholes[name]


def _replication(series: Samples) -> Findings:
    """How many machines Azure replicates, those that it calls unwell, and their documented failures."""
    health = [sample for sample in _of(series, "replication_health") if sample.value]
    yield Finding(f"{len(health)} machines replicate")
    for state in ("warning", "critical"):
        machines = [sample.labels["vm"] for sample in health if sample.labels["health"] == state]
        if machines:
            yield Finding(f"{state}: {' '.join(machines[:3])}{' …' if len(machines) > 3 else ''}", wrong=True)
    for failure in dict.fromkeys(sample.labels["failure"] for sample in _of(series, "replication_errors")):
        yield Finding(failure, wrong=True)


_BY_COLLECTOR: Final[Mapping[str, Callable[[Samples], Findings]]] = {
    "appliance": _up("appliance_up", "answers", "does not answer"),
    "gateway": _gateway,
    "storage": _up("storage_up", "upload works", "no upload"),
    "storage_benchmark": _benchmark,
    "servicebus": _phases("servicebus_phase_duration_seconds"),
    "eventhubs": _phases("eventhubs_phase_duration_seconds"),
    "keyvault": _keyvault,
    "esxi": _esxi,
    "vsphere": _vsphere,
    "replication": _replication,
}
