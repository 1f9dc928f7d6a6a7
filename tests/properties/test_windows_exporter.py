"""Whatever a page of windows_exporter holds, it is read, or refused in one line that names the line at fault."""

from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.gateway.services import STATES
from azure_migrate_exporter.collectors.gateway.windows_exporter import Page, parse
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.generated import generated

PIECES = [
    'windows_service_state{name="asrgwy",state="running"} 1\n',
    'windows_service_state{name="AsrGwy",status="start pending",display_name="a \\"b\\""} 1 1700000000000\n',
    'wmi_service_state{name="asrgwy",state="stopped"} 0\r\n',
    'windows_service_process{name="asrgwy",process_id="1"} 1.7e9\n',
    'windows_exporter_collector_success{collector="service"} 1\n',
    "windows_service_state{",
    '"} ',
    "} 1\n",
    " NaN\n",
    " abc\n",
    "\n",
    "\\",
    "\x00",
    '="',
    "# HELP windows_service_state The state.\n",
]
PAGES = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)


def outcome(page: str) -> Page | CheckError:
    try:
        return parse(page)
    except CheckError as error:
        return error


@given(PAGES)
@generated()
def test_any_page_is_read_or_refused_with_its_line(page: str) -> None:
    found = outcome(page)
    if isinstance(found, CheckError):
        assert found.reason is Reason.PROTOCOL
        assert found.message.startswith("line ")
        assert "\n" not in found.message
    else:
        assert set(found.states.values()) <= set(STATES)
        assert all(name == name.lower() for name in found.states)
