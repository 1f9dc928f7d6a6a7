"""What a check measured, in a few words for the terminal: the values that a person would look at first."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.lab.watch import Sample

Samples = Sequence[Sample]


def findings(collector: str, series: Samples) -> str:
    """What the series of one check say, or an empty string for a collector that is not known here."""
    describe = _BY_COLLECTOR.get(collector)
    return ", ".join(describe(series)) if describe else ""


def _of(series: Samples, name: str, **labels: str) -> Iterator[Sample]:
    return (s for s in series if s.name == name and labels.items() <= s.labels.items())


def _up(name: str, works: str, fails: str) -> Callable[[Samples], Iterator[str]]:
    def describe(series: Samples) -> Iterator[str]:
        yield from (works if sample.value else fails for sample in _of(series, name))

    return describe


def _gateway(series: Samples) -> Iterator[str]:
    for sample in _of(series, "gateway_service_state"):
        if sample.value:
            yield f"{sample.labels['service']} {sample.labels['state'].replace('_', ' ')}"


def _benchmark(series: Samples) -> Iterator[str]:
    for sample in _of(series, "storage_upload_throughput_bytes_per_second"):
        yield f"{sample.value / 1e6:.1f} MB/s"


def _phases(name: str) -> Callable[[Samples], Iterator[str]]:
    def describe(series: Samples) -> Iterator[str]:
        yield from (f"{s.labels['phase']} {s.value * 1e3:.1f} ms" for s in _of(series, name))

    return describe


def _keyvault(series: Samples) -> Iterator[str]:
    yield from _connected(series, "keyvault_tcp_connect_duration_seconds")
    for sample in _of(series, "keyvault_tls_certificate_expiry_timestamp_seconds"):
        days = (sample.value - time.time()) / 86400
        yield f"certificate ends in {days:.0f} d" if days >= 0 else f"certificate ended {-days:.0f} d ago"


def _esxi(series: Samples) -> Iterator[str]:
    return _connected(series, "esxi_tcp_connect_duration_seconds")


def _connected(series: Samples, name: str) -> Iterator[str]:
    yield from (f"TCP opens in {sample.value * 1e3:.1f} ms" for sample in _of(series, name))


def _vsphere(series: Samples) -> Iterator[str]:
    """Machines, and whatever is wrong with them."""
    for sample in _of(series, "vsphere_machines", scope="seen"):
        yield f"{sample.value:.0f} machines"
    for sample in _of(series, "vsphere_task_stalled"):
        if sample.value:
            yield f"{sample.labels['vm']}: {sample.labels['operation'].replace('_', ' ')} is stuck"
    for name, text in _MACHINE_PROBLEMS.items():
        wrong = [s.labels["vm"] for s in _of(series, name) if s.value != _HEALTHY[name]]
        if wrong:
            yield f"{text}: {' '.join(wrong[:3])}{' …' if len(wrong) > 3 else ''}"
    for sample in _of(series, "vsphere_host_connection_state"):
        if sample.value and sample.labels["state"] != "connected":
            yield f"{sample.labels['host']} {sample.labels['state']}"
    yield from _shares(series, "nfc_buffer_used_bytes", "nfc_buffer_capacity_bytes", "host", "NFC buffer {:.0%} used")
    yield from _shares(series, "datastore_free_bytes", "datastore_capacity_bytes", "datastore", "{:.0%} free")


_MACHINE_PROBLEMS: Final[Mapping[str, str]] = {
    "vsphere_vm_consolidation_needed": "needs consolidation",
    "vsphere_vm_cbt_enabled": "CBT off",
    "vsphere_vm_cbt_resets_total": "CBT reset",
    "vsphere_vm_invalid_snapshot_disks": "snapshot without size",
}
_HEALTHY: Final = dict.fromkeys(_MACHINE_PROBLEMS, 0.0) | {"vsphere_vm_cbt_enabled": 1.0}
_WORTH_TELLING: Final[Mapping[str, Callable[[float], bool]]] = {
    "nfc_buffer_used_bytes": lambda share: share >= 0.75,
    "datastore_free_bytes": lambda share: share < 0.1,
}


def _shares(series: Samples, part: str, whole: str, label: str, text: str) -> Iterator[str]:
    wholes = {sample.labels[label]: sample.value for sample in _of(series, whole)}
    for sample in _of(series, part):
        share = sample.value / (wholes.get(sample.labels[label]) or 1)
        if _WORTH_TELLING[part](share):
            yield f"{sample.labels[label]} {text.format(share)}"


_BY_COLLECTOR: Final[Mapping[str, Callable[[Samples], Iterator[str]]]] = {
    "appliance": _up("appliance_up", "answers", "does not answer"),
    "gateway": _gateway,
    "storage": _up("storage_up", "upload works", "no upload"),
    "storage_benchmark": _benchmark,
    "servicebus": _phases("servicebus_phase_duration_seconds"),
    "eventhubs": _phases("eventhubs_phase_duration_seconds"),
    "keyvault": _keyvault,
    "esxi": _esxi,
    "vsphere": _vsphere,
}
