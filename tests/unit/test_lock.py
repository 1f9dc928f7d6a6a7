"""The exact set of packages that is tested, against the ranges that users are given."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PINS = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK, re.MULTILINE)}


def test_everything_that_the_project_asks_for_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in map(Requirement, wanted):
        pin = PINS.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in requirements.lock: make lock"
        assert requirement.specifier.contains(pin), f"{requirement} is pinned to {pin}: make lock"


def test_every_pin_has_a_hash_and_none_says_where_it_comes_from() -> None:
    pins = [block for block in re.split(r"\n(?=[\w.-]+==)", LOCK) if "==" in block]
    assert all("--hash=sha256:" in block for block in pins)
    assert "://" not in LOCK
