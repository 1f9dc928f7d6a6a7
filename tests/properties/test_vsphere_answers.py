"""Generated SOAP answers: whatever a server sends, nothing but a reason comes of it."""

from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Any, Final
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import SoapAdapter, vim, vmodl

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.object_updates import object_updates
from azure_migrate_exporter.collectors.vsphere.api.property_reads import contents_of, hardware_of, task_of
from azure_migrate_exporter.collectors.vsphere.api.soap_answers import parse_answer
from azure_migrate_exporter.collectors.vsphere.api.task_page import PAGE, TaskPage
from azure_migrate_exporter.collectors.vsphere.state.vcenter_state import VCenterState
from azure_migrate_exporter.config.base import Secret
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.reasons import CheckError, Reason

ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>{}</e:Body></e:Envelope>'
)
STUB: Final = SoapAdapter.SoapStubAdapter(host="localhost", version="vim.version.v8_0_3_0")
PATHS: Final = sorted({path for watched in paths.WATCHED.values() for path in watched} | {PAGE, "no.such.path"})
READ: Final = ("recentTask", "info", "info.descriptionId", "config.hardware.device", paths.TRACKING)
TYPES: Final = (
    "xsd:string",
    "xsd:boolean",
    "xsd:int",
    "xsd:long",
    "xsd:dateTime",
    "xsd:base64Binary",
    "ManagedObjectReference",
    "ArrayOfManagedObjectReference",
    "ArrayOfVirtualDevice",
    "ArrayOfString",
    "VirtualMachinePowerState",
    "VirtualMachineSnapshotInfo",
    "TaskInfo",
    "ArrayOfTaskInfo",
    "HostSystemConnectionState",
    "VirtualDisk",
    "ServiceContent",
    "TypeOfANewerVSphere",
)
NAMES: Final = (
    "val",
    "key",
    "task",
    "state",
    "entity",
    "queueTime",
    "error",
    "fault",
    "reason",
    "progress",
    "result",
    "rootSnapshotList",
    "snapshot",
    "createTime",
    "childSnapshotList",
    "VirtualDevice",
    "TaskInfo",
    "descriptionId",
    "backing",
    "capacityInKB",
    "datastore",
    "ManagedObjectReference",
    "elementOfANewerVSphere",
)

texts = st.one_of(
    st.sampled_from(("", "true", "poweredOn", "running", "hovering", "vm-1", "-1", "1e999", "9" * 30, "task-1")),
    st.sampled_from(("2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "noon")),
    st.text(st.characters(exclude_categories=["C"]), max_size=20),
).map(escape)
attributes = st.one_of(
    st.just(""),
    st.sampled_from(TYPES).map(lambda name: f' xsi:type="{name}"'),
    st.sampled_from(("VirtualMachine", "Task", "VirtualMachineSnapshot", "TypeOfANewerVSphere")).map(
        lambda name: f' type="{name}"'
    ),
    st.tuples(st.sampled_from(TYPES), st.sampled_from(("VirtualMachine", "Task"))).map(
        lambda names: f' type="{names[1]}" xsi:type="{names[0]}"'
    ),
)


def element(name: str, attribute: str, content: str) -> str:
    return f"<{name}{attribute}>{content}</{name}>"


trees = st.recursive(
    texts,
    lambda inner: st.lists(st.builds(element, st.sampled_from(NAMES), attributes, inner), max_size=4).map("".join),
    max_leaves=12,
)
values = st.builds(lambda attribute, content: element("val", attribute, content), attributes, trees)
TYPED: Final = {
    "info": "TaskInfo",
    "recentTask": "ArrayOfManagedObjectReference",
    "config.hardware.device": "ArrayOfVirtualDevice",
    paths.SNAPSHOT: "VirtualMachineSnapshotInfo",
    paths.DATASTORES: "ArrayOfManagedObjectReference",
    PAGE: "ArrayOfTaskInfo",
}


def value_of(path: str) -> st.SearchStrategy[str]:
    if path not in TYPED:
        return values
    typed = trees.map(lambda content: element("val", f' xsi:type="{TYPED[path]}"', content))
    return st.one_of(values, typed)


def properties(tag: str, names: tuple[str, ...] | list[str], extra: str = "") -> st.SearchStrategy[str]:
    def written(name: str) -> st.SearchStrategy[str]:
        return value_of(name).map(lambda value: f"<{tag}><name>{name}</name>{extra}{value}</{tag}>")

    return st.lists(st.sampled_from(names).flatmap(written), max_size=4).map("".join)


objects = st.builds(
    lambda moid, found: f'<objects><obj type="Task">{moid}</obj>{found}</objects>',
    st.sampled_from(("task-1", "vm-1", "")),
    properties("propSet", READ),
)
updates = st.builds(
    lambda kind, name, moid, found: f'<objectSet><kind>{kind}</kind><obj type="{name}">{moid}</obj>{found}</objectSet>',
    st.sampled_from(("enter", "modify", "leave", "vanish")),
    st.sampled_from((*paths.WATCHED, "TaskHistoryCollector", "Folder")),
    st.sampled_from(("vm-1", "host-1", "datastore-1")),
    properties("changeSet", PATHS, "<op>assign</op>"),
)


def answer(method: str, content: str) -> bytes:
    response = f'<{method}Response xmlns="urn:vim25"><returnval>{content}</returnval></{method}Response>'
    return ENVELOPE.format(response).encode()


def parse(method: str, body: bytes, status: int = 200) -> Any:
    info = vmodl.query.PropertyCollector._GetMethodInfo(method)
    return parse_answer("vcenter:443", status, {}, body, info, STUB)


def only_known_errors(work: Callable[[], object]) -> None:
    with suppress(CheckError, HTTPException, vmodl.MethodFault):
        work()


def read_contents(body: bytes, status: int = 200) -> None:
    result = parse("RetrievePropertiesEx", body, status)
    contents = contents_of(result) if result is not None else []
    by_id = {content.moid: content for content in contents}
    for content in contents:
        only_known_errors(lambda content=content: task_of(content, "create_snapshot"))  # type: ignore[misc]
        only_known_errors(lambda content=content: hardware_of(content, by_id, by_id))  # type: ignore[misc]
        only_known_errors(lambda content=content: content.get("recentTask", list))  # type: ignore[misc]
        only_known_errors(lambda content=content: content.get("info.descriptionId", str))  # type: ignore[misc]


def apply_updates(body: bytes) -> None:
    update_set = parse("WaitForUpdatesEx", body)
    TaskPage().apply(update_set)
    found = object_updates(update_set)
    password = Secret(env="UNUSED")
    state = VCenterState(VCenterSettings(name="vc", address="vc", username="exporter", password=password), {})
    state.start_refresh()
    state.apply(found, complete=True)
    state.expire_history(1_800_000_000.0)
    assert state.problem is None or state.problem.reason is Reason.PROTOCOL
    for block in state.blocks():
        assert block.chunks


@given(st.lists(objects, max_size=3).map("".join))
def test_any_property_of_an_answer_is_read_or_a_known_error(content: str) -> None:
    only_known_errors(lambda: read_contents(answer("RetrievePropertiesEx", content)))


@pytest.mark.parametrize("field", ["error", "entity", "startTime", "progress", "cancelled"])
def test_an_empty_list_in_place_of_another_value_is_a_protocol_error(field: str) -> None:
    value = f'<val xsi:type="TaskInfo"><{field} xsi:type="ArrayOfManagedObjectReference"></{field}></val>'
    task = f'<objects><obj type="Task">task-1</obj><propSet><name>info</name>{value}</propSet></objects>'
    (content,) = contents_of(parse("RetrievePropertiesEx", answer("RetrievePropertiesEx", task)))
    with pytest.raises(CheckError, match=rf"^info of task-1 cannot be read: .*{field}") as caught:
        task_of(content, "create_snapshot")
    assert caught.value.reason is Reason.PROTOCOL


@given(st.lists(updates, max_size=4).map("".join))
def test_any_property_of_an_update_is_read_or_a_known_error(content: str) -> None:
    update_set = f'<version>1</version><filterSet><filter type="PropertyFilter">f</filter>{content}</filterSet>'
    only_known_errors(lambda: apply_updates(answer("WaitForUpdatesEx", update_set)))


@given(trees, st.sampled_from((200, 500, 403, 503)))
def test_any_answer_is_read_or_a_known_error(content: str, status: int) -> None:
    only_known_errors(lambda: read_contents(answer("RetrievePropertiesEx", content), status))
    only_known_errors(lambda: read_contents(ENVELOPE.format(content).encode(), status))
    fault = f"<e:Fault><faultcode>S</faultcode><faultstring>no</faultstring><detail>{content}</detail></e:Fault>"
    only_known_errors(lambda: read_contents(ENVELOPE.format(fault).encode(), status))


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 50))
def test_any_damaged_answer_is_read_or_a_known_error(noise: bytes, start: int, length: int) -> None:
    info = (
        '<objects><obj type="Task">task-1</obj><propSet><name>info</name><val xsi:type="TaskInfo"/></propSet></objects>'
    )
    sound = answer("RetrievePropertiesEx", info)
    only_known_errors(lambda: read_contents(sound[:start] + noise + sound[start + length :]))
    only_known_errors(lambda: read_contents(noise))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NotAuthenticated", vim.fault.NotAuthenticated),
        ("NoPermission", vim.fault.NoPermission),
        ("FaultOfANewerVSphere", vmodl.MethodFault),
        ("VirtualMachine", vmodl.MethodFault),
    ],
)
def test_a_fault_that_cannot_be_read_is_still_a_fault_of_vcenter(name: str, kind: type[Exception]) -> None:
    detail = f'<{name}Fault xmlns="urn:vim25" xsi:type="{name}"><object/></{name}Fault>'
    fault = f"<e:Fault><faultcode>S</faultcode><faultstring>denied</faultstring><detail>{detail}</detail></e:Fault>"
    with pytest.raises(vmodl.MethodFault, match="denied") as caught:
        parse("RetrievePropertiesEx", ENVELOPE.format(fault).encode(), 500)
    assert type(caught.value) is kind
