"""The exact set of packages that is tested, against the ranges that users are given."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
IMAGE = {name: (ROOT / "packaging" / "locks" / f"{name}.txt").read_text() for name in ("build", "runtime")}
"""What the container image installs of it."""
PINS = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.MULTILINE)}


def test_everything_that_the_project_asks_for_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [wanted for group in project["dependency-groups"].values() for wanted in group if isinstance(wanted, str)]
    wanted = [*project["project"]["dependencies"], *groups]
    for requirement in map(Requirement, wanted):
        pin = PINS.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in requirements.lock: make lock"
        assert requirement.specifier.contains(pin), f"{requirement} is pinned to {pin}: make lock"


def test_every_pin_has_a_hash_and_none_says_where_it_comes_from() -> None:
    assert all("--hash=sha256:" in block for block in blocks(LOCK))
    assert "://" not in LOCK


@pytest.mark.parametrize("name", IMAGE)
def test_the_image_installs_what_is_tested_and_no_more_than_it_needs(name: str) -> None:
    assert blocks(IMAGE[name]) <= blocks(LOCK), "make lock"
    installed = {block.partition("==")[0] for block in blocks(IMAGE[name])}
    assert ("hatchling" in installed) == (name == "build")
    assert not installed & {"pytest", "mypy", "ruff", "trustme"}


def blocks(lock: str) -> set[str]:
    """Each pin with its hashes, whatever the systems that it is for."""
    found = (block.strip() for block in re.split(r"\n(?=[\w.-]+==)", lock) if "==" in block)
    return {re.sub(r" ;.*", " \\\\", block) for block in found}
