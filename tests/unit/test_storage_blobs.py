import pytest

from azure_migrate_exporter.collectors.storage import blobs

NOW = 1_795_399_747.9


def test_names_carry_the_time_of_their_making() -> None:
    for name in (blobs.probe_name(NOW), *blobs.benchmark_names(NOW, 3)):
        assert name.startswith(blobs.PREFIX)
        assert blobs.creation_time(name) == int(NOW)


def test_the_blobs_of_a_run_share_a_prefix_that_no_other_run_has() -> None:
    first, second = blobs.benchmark_names(NOW, 1000), blobs.benchmark_names(NOW, 1000)
    assert len({name.rpartition(".")[0] for name in first}) == 1
    assert len({*first, *second}) == 2000


def test_no_name_makes_a_directory() -> None:
    assert "/" not in blobs.probe_name(NOW) + blobs.benchmark_names(NOW, 1)[0]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "disk.vhd",
        "azure-migrate-exporter.",
        "azure-migrate-exporter.probe.20261123T021433Z",
        "azure-migrate-exporter.other.20261123T021433Z.ca4e2554",
        "azure-migrate-exporter.probe.20261123T021433Z.ca4e2554.0000.bak",
        "azure-migrate-exporter.probe.20261332T021433Z.ca4e2554",
        "azure-migrate-exporter.probe.20261123T021433Z.CA4E2554",
        "azure-migrate-exporter.probe.20261123T021433Z.ca4e2554\n",
        "x/azure-migrate-exporter.probe.20261123T021433Z.ca4e2554",
    ],
)
def test_what_only_looks_like_ours_is_not(name: str) -> None:
    assert blobs.creation_time(name) is None
