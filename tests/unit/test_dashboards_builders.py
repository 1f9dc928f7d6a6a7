"""What the dashboards are made with: mistakes in their data fail where they are made."""

from dataclasses import replace

import pytest

from azure_migrate_exporter.exposition.metrics import APPLIANCE_UP, STORAGE_UPLOAD_REQUEST_DURATION
from generate.alerts.values import load
from generate.dashboards.boards import overview
from generate.dashboards.layout import places
from generate.dashboards.model import Row
from generate.dashboards.promql import APPLIANCE, VAULT, foreign, of, part_of, recorded
from generate.dashboards.thresholds import above, below, number

NAME = "azure_migrate_appliance_up"


def test_a_selector_has_the_name_of_the_metric() -> None:
    assert of(APPLIANCE_UP) == NAME
    assert of(APPLIANCE_UP, APPLIANCE) == f'{NAME}{{appliance=~"$appliance"}}'
    assert of(APPLIANCE_UP, appliance="~paris|lyon") == f'{NAME}{{appliance=~"paris|lyon"}}'


@pytest.mark.parametrize(("matchers", "labels"), [((VAULT,), {}), ((), {"vault": "x"}), (("appliance",), {})])
def test_a_label_that_the_metric_does_not_have_is_refused(matchers: tuple[str, ...], labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"{NAME} has no label for"):
        of(APPLIANCE_UP, *matchers, **labels)


def test_only_a_histogram_has_buckets() -> None:
    assert part_of(STORAGE_UPLOAD_REQUEST_DURATION, "bucket", test="probe").endswith('_seconds_bucket{test="probe"}')
    with pytest.raises(ValueError, match="is no histogram"):
        part_of(APPLIANCE_UP, "bucket")


def test_what_no_rule_records_and_nobody_explains_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule records azure_migrate:nothing"):
        recorded("azure_migrate:nothing")
    with pytest.raises(ValueError, match="FOREIGN does not say who writes node_load1"):
        foreign("node_load1")


def test_a_line_that_is_not_filled_is_refused() -> None:
    (first, *others) = overview.BOARD.rows
    short = replace(overview.BOARD, rows=(Row(first.title, first.panels[1:]), *others))
    with pytest.raises(ValueError, match="the line of Machines by health is not filled"):
        list(places(short))


def test_a_panel_that_does_not_fit_is_refused() -> None:
    (first, *others) = overview.BOARD.rows
    (panel, *rest) = first.panels
    for wrong in (replace(panel, height=panel.height + 1), replace(panel, width=panel.width + 1)):
        board = replace(overview.BOARD, rows=(Row(first.title, (wrong, *rest)), *others))
        with pytest.raises(ValueError, match="does not fit into its line"):
            list(places(board))


def test_a_panel_keeps_its_id_when_others_come_and_go() -> None:
    moved = replace(overview.BOARD, rows=overview.BOARD.rows[::-1])
    assert {panel.title: panel.id for panel in moved.panels} == {p.title: p.id for p in overview.BOARD.panels}


def test_limits_are_those_of_the_alerts() -> None:
    levels = load().alerts["NfcBufferFull"].levels
    assert [step.value for step in above("NfcBufferFull")] == [
        None,
        levels["warning"]["threshold"],
        levels["critical"]["threshold"],
    ]
    assert [step.colour for step in below("KeyVaultCertificateExpiring", "within")] == ["red", "orange", "green"]
    assert number("KeyVaultCertificateExpiring", "within", "critical") == 86400
