"""The page: the same samples as prometheus-client would show, in both formats and every encoding."""

import gzip
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from structlog.testing import capture_logs

from azure_migrate_exporter.exposition.encodings import Encoding
from azure_migrate_exporter.exposition.measurements import Block, Histogram, LeanBlock, Measurements
from azure_migrate_exporter.exposition.metric import TABLE
from azure_migrate_exporter.exposition.metrics import (
    COLLECTOR_RUNS,
    KEYVAULT_TCP_UP,
    STORAGE_UP,
    STORAGE_UPLOAD_REQUEST_DURATION,
    VSPHERE_VM_SNAPSHOTS,
)
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from tests.compression import zstd

STORAGE = {"appliance": "paris", "account": "migratelsa1", "role": "cache"}


def block(write: str = "storage", value: float = 1) -> Block:
    out = Measurements()
    if write == "storage":
        out.set(STORAGE_UP, value, **STORAGE)
        durations = Histogram(STORAGE_UPLOAD_REQUEST_DURATION)
        for seconds in (0.004, 0.3, 0.3, 99.0):
            durations.observe(seconds)
        out.histogram(STORAGE_UPLOAD_REQUEST_DURATION, durations, test="probe", **STORAGE)
        out.set(COLLECTOR_RUNS, 7, collector="storage", target="migratelsa1", result="success")
    else:
        out.set(KEYVAULT_TCP_UP, value, appliance="paris", keyvault=write)
    return out.block()


DECODE: dict[Encoding, Callable[[bytes], bytes]] = {
    Encoding.IDENTITY: bytes,
    Encoding.GZIP: gzip.decompress,
    Encoding.ZSTD: zstd.decompress,
}


def body(page: Page, *, openmetrics: bool, encoding: Encoding = Encoding.IDENTITY) -> str:
    return DECODE[encoding](b"".join(page.response(openmetrics=openmetrics, encoding=encoding))).decode()


def samples(
    page: Page, *, openmetrics: bool = False, encoding: Encoding = Encoding.IDENTITY
) -> dict[tuple[str, ...], float]:
    parse = parse_openmetrics if openmetrics else parse_text
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in parse(body(page, openmetrics=openmetrics, encoding=encoding))
        for sample in family.samples
    }


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("openmetrics", [False, True])
def test_all_forms_of_the_page_parse_and_say_the_same(*, openmetrics: bool, encoding: Encoding) -> None:
    page = Page()
    page.put("a", [block()])
    page.put("b", [block("vault1"), block("vault2", 0)])
    page.publish()
    seen = samples(page, openmetrics=openmetrics, encoding=encoding)
    assert seen["azure_migrate_storage_up", "account=migratelsa1", "appliance=paris", "role=cache"] == 1
    assert seen["azure_migrate_keyvault_tcp_up", "appliance=paris", "keyvault=vault2"] == 0
    labels = ("account=migratelsa1", "appliance=paris")
    bucket = "azure_migrate_storage_upload_request_duration_seconds_bucket"
    assert seen[bucket, *labels, "le=0.5", "role=cache", "test=probe"] == 3
    assert seen[bucket, *labels, "le=+Inf", "role=cache", "test=probe"] == 4
    assert seen["azure_migrate_collector_runs_total", "collector=storage", "result=success", "target=migratelsa1"] == 7


def test_a_replaced_block_shows_its_new_value_and_nothing_of_the_old() -> None:
    page = Page()
    page.put("a", [block("vault1", 1)])
    page.publish()
    page.put("a", [block("vault2", 0)])
    page.publish()
    assert set(samples(page)) == {("azure_migrate_keyvault_tcp_up", "appliance=paris", "keyvault=vault2")}


def test_a_dropped_owner_disappears_with_the_headers_of_its_families() -> None:
    page = Page()
    page.put("a", [block()])
    page.put("b", [block("vault1")])
    page.publish()
    page.drop("b")
    page.publish()
    assert "keyvault" not in body(page, openmetrics=True, encoding=Encoding.GZIP)
    assert "storage_up" in body(page, openmetrics=True, encoding=Encoding.GZIP)


def test_what_was_put_appears_only_when_it_is_published() -> None:
    page = Page()
    page.put("a", [block()])
    assert body(page, openmetrics=True) == "# EOF\n"


def test_two_owners_share_a_family_that_is_written_once() -> None:
    page = Page()
    page.put("a", [block("vault1")])
    page.put("b", [block("vault2")])
    page.publish()
    text = body(page, openmetrics=False)
    assert text.count("# TYPE azure_migrate_keyvault_tcp_up gauge") == 1
    assert len(samples(page)) == 2


def test_a_block_that_stays_is_not_rendered_again() -> None:
    page = Page()
    kept = [block(f"vault{i}") for i in range(3)]
    page.put("a", kept)
    page.publish()
    rendered = [b.chunks for b in kept]
    page.put("a", [*kept[:2], block("vault9")])
    page.publish()
    assert all(b.chunks is chunks for b, chunks in zip(kept, rendered, strict=True))
    assert {labels[-1] for labels in samples(page)} == {"keyvault=vault0", "keyvault=vault1", "keyvault=vault9"}


def test_the_tail_is_rendered_at_each_response_and_covered_by_the_checksum() -> None:
    beats = iter(range(1, 100))

    def tail() -> Iterator[tuple[bytes, bytes, bytes]]:
        yield b"# TYPE beats gauge\n", b"# TYPE beats gauge\n", f"beats {next(beats)}\n".encode()

    page = Page(tail)
    page.put("a", [block()])
    page.publish()
    assert [samples(page, openmetrics=True, encoding=Encoding.GZIP)["beats",] for _ in range(3)] == [1, 2, 3]


def test_process_metrics_stand_at_the_end_of_a_valid_page() -> None:
    page = Page(process_families)
    page.put("a", [block()])
    page.publish()
    assert samples(page, openmetrics=True, encoding=Encoding.GZIP)["process_resident_memory_bytes",] > 1_000_000


def test_label_values_are_escaped_as_the_format_asks() -> None:
    nasty = 'a "quoted"\\path\nand « a name »'
    out = Measurements()
    out.set(VSPHERE_VM_SNAPSHOTS, 2, vcenter="vc", vm=nasty, vm_id="1")
    page = Page()
    page.put("a", [out.block()])
    page.publish()
    for openmetrics in (False, True):
        assert ("azure_migrate_vsphere_vm_snapshots", "vcenter=vc", f"vm={nasty}", "vm_id=1") in samples(
            page, openmetrics=openmetrics
        )


def test_many_changes_leave_the_page_equal_to_one_made_from_scratch() -> None:
    chooser = random.Random(7)
    page, owners = Page(), {}
    for _ in range(60):
        owner = chooser.choice("abcdef")
        count = chooser.randrange(4) * chooser.choice((1, 150))  # little, or enough for a run of its own
        owners[owner] = [block(f"{owner}{i}", chooser.random()) for i in range(count)]
        page.put(owner, owners[owner])
        if chooser.random() < 0.5:
            page.publish()
            assert samples(page, openmetrics=True, encoding=Encoding.GZIP) == samples(page)
    page.publish()
    fresh = Page()
    for owner, blocks in owners.items():
        fresh.put(owner, blocks)
    fresh.publish()
    assert samples(page, openmetrics=True, encoding=Encoding.GZIP) == samples(fresh)
    assert samples(page, encoding=Encoding.GZIP) == samples(fresh)
    assert samples(page, encoding=Encoding.ZSTD) == samples(fresh)


@pytest.mark.parametrize("encoding", Encoding)
def test_a_large_part_stays_as_it_is_when_another_changes(encoding: Encoding) -> None:
    page = Page()
    page.put("large", [block(f"vault{i}") for i in range(400)])
    page.put("small", [block("other")])
    page.publish()
    before = page.response(openmetrics=True, encoding=encoding)
    page.put("small", [block("another")])
    page.publish()
    after = page.response(openmetrics=True, encoding=encoding)
    kept = {id(segment) for segment in before} & {id(segment) for segment in after}
    assert max(len(segment) for segment in after if id(segment) in kept) > 500


def test_large_families_come_first_so_that_a_small_one_that_changes_leaves_their_checksums() -> None:
    page = Page()
    page.put("small", [block("storage")])
    page.put("large", [block(f"vault{i}") for i in range(400)])
    page.publish()
    shown = body(page, openmetrics=False)
    assert list(TABLE).index(STORAGE_UP.name) < list(TABLE).index(KEYVAULT_TCP_UP.name)
    assert shown.index(f"\n{KEYVAULT_TCP_UP.name}{{") < shown.index(f"{STORAGE_UP.name}{{")


def test_new_lines_are_frames_of_zstd_before_the_next_scrape_that_asks_for_it() -> None:
    page = Page()
    page.put("a", [block(f"vault{i}") for i in range(400)])
    page.publish()
    page.response(openmetrics=True, encoding=Encoding.ZSTD)
    page.put("a", [block(f"vault{i}") for i in range(401)])
    page.publish()
    first, second = (page.response(openmetrics=True, encoding=Encoding.ZSTD) for _ in range(2))
    assert [id(segment) for segment in first[:-1]] == [id(segment) for segment in second[:-1]]
    assert "vault400" in zstd.decompress(b"".join(first)).decode()


@pytest.mark.parametrize(("program", "encoding"), [("gzip", Encoding.GZIP), ("zstd", Encoding.ZSTD)])
def test_the_usual_programs_decode_the_page(program: str, encoding: Encoding) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    page = Page(process_families)
    page.put("a", [block(f"vault{i}") for i in range(400)])
    page.publish()
    data = b"".join(page.response(openmetrics=True, encoding=encoding))
    text = subprocess.run([program, "-d", "-c"], input=data, capture_output=True, check=True).stdout.decode()
    assert 'vault="vault399"' in text
    assert text.endswith("# EOF\n")


def test_a_block_that_cannot_be_rendered_is_left_out_alone() -> None:
    def fails(_: Measurements) -> None:
        raise ZeroDivisionError

    page = Page()
    page.put("broken", [LeanBlock(fails), block("vault1")])
    page.put("whole", [block("vault2")])
    (error,) = page.publish()
    assert (error.owner, type(error.error)) == ("broken", ZeroDivisionError)
    assert [labels[2] for labels in samples(page)] == ["keyvault=vault1", "keyvault=vault2"]
    assert page.publish() == []


def test_a_tail_that_fails_is_left_out_alone() -> None:
    def fails() -> list[tuple[bytes, bytes, bytes]]:
        raise OSError(24, "Too many open files")

    page = Page(fails, process_families)
    page.put("a", [block("vault1")])
    page.publish()
    with capture_logs() as logs:
        names = {name for name, *_ in samples(page)} | {name for name, *_ in samples(page)}
    assert {"azure_migrate_keyvault_tcp_up", "process_cpu_seconds_total"} <= names
    assert len(logs) == 1, "logged once"


def test_what_has_expired_is_not_served_though_nothing_publishes() -> None:
    page = Page()
    page.put("old", [block("vault1")], lifetime=0)
    page.put("new", [block("vault2")], lifetime=3600)
    page.put("kept", [block("vault3")])
    page.publish()
    assert [labels[2] for labels in samples(page)] == ["keyvault=vault2", "keyvault=vault3"]
    page.put("old", [block("vault1")], lifetime=3600)
    page.publish()
    assert len(samples(page)) == 3
