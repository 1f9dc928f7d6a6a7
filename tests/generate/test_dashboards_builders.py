"""The builders of the dashboards: an error in the data fails when the dashboards are generated."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.exposition.metrics import APPLIANCE_UP, STORAGE_UPLOAD_REQUEST_DURATION
from generate.alerts.values import load
from generate.dashboards import mappings
from generate.dashboards.boards import overview
from generate.dashboards.grid import positions
from generate.dashboards.model import Row
from generate.dashboards.promql import APPLIANCE, VAULT, external, histogram, recorded, selector
from generate.dashboards.thresholds import falling, number, rising

NAME = "azure_migrate_appliance_up"


def test_a_selector_has_the_name_of_the_metric() -> None:
    assert selector(APPLIANCE_UP) == NAME
    assert selector(APPLIANCE_UP, APPLIANCE) == f'{NAME}{{appliance=~"$appliance"}}'
    assert selector(APPLIANCE_UP, appliance="~paris|lyon") == f'{NAME}{{appliance=~"paris|lyon"}}'


@pytest.mark.parametrize(("matchers", "labels"), [((VAULT,), {}), ((), {"vault": "x"}), (("appliance",), {})])
def test_a_label_that_the_metric_does_not_have_is_refused(matchers: tuple[str, ...], labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"{NAME} has no label for"):
        selector(APPLIANCE_UP, *matchers, **labels)


def test_only_a_histogram_has_buckets() -> None:
    assert histogram(STORAGE_UPLOAD_REQUEST_DURATION, "bucket", test="probe").endswith('_seconds_bucket{test="probe"}')
    with pytest.raises(ValueError, match="is not a histogram"):
        histogram(APPLIANCE_UP, "bucket")


def test_an_unknown_recording_rule_or_external_metric_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule records job:azure_migrate_b:nothing"):
        recorded("job:azure_migrate_b:nothing")
    with pytest.raises(ValueError, match="EXTERNAL does not explain node_load1"):
        external("node_load1")


def test_a_line_that_does_not_fill_the_width_is_refused() -> None:
    (first, *others) = overview.BOARD.rows
    short = replace(overview.BOARD, rows=(Row(first.title, first.panels[:1]), *others))
    with pytest.raises(ValueError, match="the line of Data does not fill the width"):
        list(positions(short))


def test_a_panel_that_does_not_fit_is_refused() -> None:
    (first, *others) = overview.BOARD.rows
    (panel, *rest) = first.panels
    for wrong in (replace(panel, height=panel.height + 1), replace(panel, width=panel.width + 1)):
        board = replace(overview.BOARD, rows=(Row(first.title, (wrong, *rest)), *others))
        with pytest.raises(ValueError, match="does not fit into its line"):
            list(positions(board))


def test_the_id_of_a_panel_does_not_depend_on_its_position() -> None:
    moved = replace(overview.BOARD, rows=overview.BOARD.rows[::-1])
    assert {panel.title: panel.id for panel in moved.panels} == {p.title: p.id for p in overview.BOARD.panels}


def test_thresholds_are_those_of_the_alerts() -> None:
    levels = load().alerts["NfcBufferFull"].levels
    assert [threshold.value for threshold in rising("NfcBufferFull")] == [
        None,
        levels["warning"]["threshold"],
        levels["critical"]["threshold"],
    ]
    assert [threshold.colour for threshold in falling("KeyVaultCertificateExpiring", "within")] == [
        "red",
        "orange",
        "green",
    ]
    assert number("KeyVaultCertificateExpiring", "within", "critical") == 86400


# --- texts of cells --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The snapshot hangs (Generate Snapshot Hung)", "The snapshot hangs"),
        ("Move it to a host with fewer disks, or wait", "Move it to a host with fewer disks …"),
        ("Compare its disks with those of its snapshots", "Compare its disks with those of its …"),
        ("nowhere-in-this-name-is-a-place-to-end-the-line", "nowhere-in-this-name-is-a-place-to-end-t …"),
    ],
)
def test_a_long_text_ends_at_a_clause_and_says_so(text: str, shown: str) -> None:
    assert mappings.brief(text, 40) == shown


@given(text=st.text(alphabet="ab (),.;: …", max_size=120), limit=st.integers(5, 80))
def test_a_brief_text_is_no_longer_than_its_limit(text: str, limit: int) -> None:
    shown = mappings.brief(text, limit)
    assert len(shown.removesuffix(" …")) <= limit
    assert shown == mappings.brief(text, 200) or shown.endswith(" …")
