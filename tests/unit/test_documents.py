"""Documents name files, targets and words that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_migrate_exporter.reasons import Reason

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "exporter" / "azure_migrate_exporter"
PAGES = [
    str(path.relative_to(ROOT))
    for folder in ("", "docs", "*", "helm/*")
    for path in ROOT.glob(f"{folder}/*.md".lstrip("/"))
]
DEVELOPERS = ("docs/development.md", "CONTRIBUTING.md")
EXAMPLES = {"exporter/azure_migrate_exporter/config/dns.py", "exporter/azure_migrate_exporter/collectors/dns.py"}
EXAMPLES |= {"tests/integration/test_dns.py"}
"""Files of the example in CONTRIBUTING.md."""
_QUOTED = re.compile(r"`([\w./-]+/[\w./-]*|[\w-]+\.(?:py|md|yml|toml|tmpl))`")


def named_files(document: str) -> Iterator[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return (name for name in _QUOTED.findall(text) if "://" not in name)


def exists(name: str) -> bool:
    """Paths are below the repository, or below the package; a name alone is anywhere."""
    if "/" in name.rstrip("/"):
        return (ROOT / name).exists() or (PACKAGE / name).exists()
    return (ROOT / name).exists() or any(any(folder.rglob(name.rstrip("/"))) for folder in (PACKAGE, ROOT / "tests"))


@pytest.mark.parametrize("document", DEVELOPERS)
def test_every_file_that_a_developers_page_names_exists(document: str) -> None:
    missing = [name for name in named_files(document) if name not in EXAMPLES and not exists(name)]
    assert missing == []


def test_the_structure_page_lists_every_package() -> None:
    listed = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    packages = [folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").exists()]
    assert [name for name in packages if f"`{name}/`" not in listed] == []


@pytest.mark.parametrize("document", ["README.md", *DEVELOPERS, "docs/installation.md", "SECURITY.md"])
def test_every_make_target_that_a_page_names_exists(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:`|^\$ )make ([a-z0-9-]+)", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", PAGES)
def test_every_relative_link_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_reason_is_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"| `{reason}` |" not in text] == []
