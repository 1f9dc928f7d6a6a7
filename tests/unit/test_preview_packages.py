"""What the drawn dashboards are made of: pinned versions, licences that allow it, and no address of a registry."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

PREVIEW: Final = Path(__file__).resolve().parents[1] / "preview"
PACKAGE: Final[dict[str, Any]] = json.loads((PREVIEW / "package.json").read_text(encoding="utf-8"))
LOCK: Final[dict[str, Any]] = json.loads((PREVIEW / "package-lock.json").read_text(encoding="utf-8"))
INSTALLED: Final = {path.removeprefix("node_modules/"): one for path, one in LOCK["packages"].items() if path}
DIRECT: Final = {**PACKAGE["dependencies"], **PACKAGE["devDependencies"]}
COPYLEFT: Final = ("GPL", "SSPL", "BUSL")
"""Parts of the names of licences that the project does not take, AGPL and LGPL included."""


@pytest.mark.parametrize("name", DIRECT)
def test_each_direct_dependency_is_pinned_to_the_installed_version(name: str) -> None:
    assert DIRECT[name] == INSTALLED[name]["version"]


def test_the_packages_of_grafana_are_of_one_release_of_the_dashboards_grafana() -> None:
    versions = {version for name, version in DIRECT.items() if name.startswith("@grafana/")}
    assert {version.split(".")[0] for version in versions} == {"12"}
    assert len(versions) == 1


def test_nothing_of_grafana_is_under_the_agpl() -> None:
    licences = {name: one.get("license") for name, one in INSTALLED.items() if name.startswith("@grafana/")}
    assert set(licences.values()) == {"Apache-2.0", "MIT"}
    assert "@grafana/prometheus" not in licences


def test_no_package_has_a_licence_that_the_project_does_not_take() -> None:
    refused = {name for name, one in INSTALLED.items() if any(part in one.get("license", "") for part in COPYLEFT)}
    assert refused == set()


def test_every_package_has_a_checksum_and_no_address() -> None:
    assert {name for name, one in INSTALLED.items() if "resolved" in one} == set()
    assert {name for name, one in INSTALLED.items() if "integrity" not in one} == set()
