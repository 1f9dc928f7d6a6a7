"""A release whose parts disagree about its version is refused, with the one thing to correct."""

import pytest

from generate.release_notes import ROOT, release_notes

PYPROJECT = '[project]\nname = "x"\nversion = "1.2.0"\n'
CHART = 'version: 1.2.0\nappVersion: "1.2.0"\n'
CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-12-01

### Added

- A thing.

## [1.1.0] - 2026-11-01

- Old.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert release_notes("1.2.0", PYPROJECT, CHART, CHANGELOG) == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("version", "pyproject", "chart", "changelog", "message"),
    [
        ("1.3.0", PYPROJECT, CHART, CHANGELOG, "pyproject.toml has version 1.2.0, not 1.3.0"),
        ("1.2.0", PYPROJECT, 'appVersion: "1.1.0"\n', CHANGELOG, 'Chart.yaml has no appVersion: "1.2.0"'),
        ("1.2.0", PYPROJECT, CHART, "# Changelog\n", 'CHANGELOG.md has no section "## [1.2.0] - YYYY-MM-DD"'),
    ],
)
def test_a_part_that_disagrees_is_named(version: str, pyproject: str, chart: str, changelog: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        release_notes(version, pyproject, chart, changelog)
    assert str(caught.value) == message


def test_the_changelog_is_in_the_format_that_the_release_reads() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## [Unreleased]\n" in text
