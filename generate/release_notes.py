"""Compare the version of a release with the package's and the changelog's, and write its section as release notes."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
NOTES: Final = ROOT / "dist" / "release-notes.md"


def release_notes(version: str, pyproject: str, chart: str, changelog: str) -> str:
    """The section of `version` in the changelog. Raises ValueError with the one thing to correct."""
    packaged = tomllib.loads(pyproject)["project"]["version"]
    if packaged != version:
        raise ValueError(f"pyproject.toml has version {packaged}, not {version}")
    if f'appVersion: "{version}"' not in chart:
        raise ValueError(f'Chart.yaml has no appVersion: "{version}"')
    section = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if section is None:
        raise ValueError(f'CHANGELOG.md has no section "## [{version}] - YYYY-MM-DD"')
    return section[1].strip() + "\n"


def main(version: str) -> int:
    """Write the notes; the exit code is 1 if anything does not fit."""
    files = ("pyproject.toml", "helm/azure-migrate-exporter/Chart.yaml", "CHANGELOG.md")
    try:
        notes = release_notes(version, *((ROOT / file).read_text(encoding="utf-8") for file in files))
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a script's output
        return 1
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.write_text(notes, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
