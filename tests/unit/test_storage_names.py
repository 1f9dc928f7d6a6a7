import pytest

from azure_migrate_exporter.collectors.storage import names, sas

NOW = 1_795_399_747.9


def test_names_carry_the_time_of_their_making() -> None:
    for name in (names.probe(NOW), *names.benchmark(NOW, 3)):
        assert name.startswith(names.PREFIX)
        assert names.made(name) == int(NOW)


def test_the_blobs_of_a_run_share_a_prefix_that_no_other_run_has() -> None:
    first, second = names.benchmark(NOW, 1000), names.benchmark(NOW, 1000)
    assert len({name.rpartition(".")[0] for name in first}) == 1
    assert len({*first, *second}) == 2000


def test_no_name_makes_a_directory() -> None:
    assert "/" not in names.probe(NOW) + names.benchmark(NOW, 1)[0]


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
    assert names.made(name) is None


@pytest.mark.parametrize(
    ("end", "expires"),
    [
        ("se=2026-11-23T02%3A14%3A33Z", 1_795_400_073.0),
        ("se=2026-11-23T02%3A14Z", 1_795_400_040.0),
        ("se=2026-11-23", 1_795_392_000.0),
        ("se=soon", None),
        ("si=policy", None),
    ],
)
def test_a_sas_tells_when_it_expires_if_it_says_so(end: str, expires: float | None) -> None:
    assert sas.parse(f"sv=2026-10-06&sr=c&{end}&sig=abc").expires == expires


def test_a_sas_may_be_pasted_with_its_question_mark() -> None:
    assert sas.parse("?sv=2026-10-06&sig=abc%3D").query == "sv=2026-10-06&sig=abc%3D"


def test_a_sas_does_not_show_itself() -> None:
    assert "abc" not in repr(sas.parse("sv=2026-10-06&sig=abc"))
