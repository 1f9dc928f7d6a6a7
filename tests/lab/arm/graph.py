"""As much of Resource Graph, and of the filter of a resource list, as the search for a project's resources needs."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from tests.lab.arm.payload import migrate
from tests.lab.arm.project import LabProject
from tests.lab.arm.refusals import RefusalError

Wanted = Callable[[dict[str, Any]], bool]

_WHERE: Final = re.compile(r"where\s+(name|type|id|resourceGroup)\s+(matches regex|=~|==)\s+[\"'](.+)[\"']", re.DOTALL)
_PROJECT: Final = re.compile(r"project\s+(\w+(?:\s*,\s*\w+)*)")
_FILTER: Final = re.compile(r"(resourceType|name|tagName|tagValue)\s+eq\s+'([^']*)'", re.IGNORECASE)


def run(body: bytes, projects: list[LabProject]) -> dict[str, Any]:
    """Run a query of the form `resources | where … | project …`. Raises RefusalError for any other."""
    asked = json.loads(body)
    within = [subscription.lower() for subscription in asked.get("subscriptions", [])]
    rows = [
        {**resource, "resourceGroup": project.resource_group, "subscriptionId": project.subscription}
        for project in projects
        if not within or project.subscription.lower() in within
        for resource in migrate.resources(project)
    ]
    source, *steps = (step.strip() for step in asked["query"].split("\n|" if "\n|" in asked["query"] else " | "))
    if source.lower() != "resources":
        raise _invalid(source)
    for step in steps:
        rows = _step(step, rows)
    return {"totalRecords": len(rows), "count": len(rows), "data": rows, "facets": [], "resultTruncated": "false"}


def _step(step: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if match := _WHERE.fullmatch(step):
        name, operator, value = match.groups()
        if operator == "matches regex":
            return [row for row in rows if re.search(value, row[name])]
        fold: Callable[[str], str] = str.lower if operator == "=~" else str
        return [row for row in rows if fold(row[name]) == fold(value)]
    if match := _PROJECT.fullmatch(step):
        names = [name.strip() for name in match[1].split(",")]
        return [{name: row.get(name) for name in names} for row in rows]
    raise _invalid(step)


def _invalid(step: str) -> RefusalError:
    return RefusalError(400, "BadRequest", f"Query is invalid near '{step}'.")


def wanted_by_filter(text: str) -> Wanted:
    """What `$filter` lets through: terms joined by `and`. Raises RefusalError for one that the lab does not know."""
    terms = [term.strip() for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE)] if text else []
    tests = []
    for term in terms:
        match = _FILTER.fullmatch(term)
        if match is None:
            raise RefusalError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}'.")
        tests.append(_test(match[1].lower(), match[2].lower()))
    return lambda resource: all(test(resource) for test in tests)


def _test(field: str, value: str) -> Wanted:
    match field:
        case "tagname":
            return lambda resource: value in {name.lower() for name in resource["tags"]}
        case "tagvalue":
            return lambda resource: value in {text.lower() for text in resource["tags"].values()}
        case _:
            return lambda resource: value == resource["type" if field == "resourcetype" else "name"].lower()
