"""Rules of the house that no linter knows."""

import ast
from functools import cache
from pathlib import Path

import pytest

import azure_migrate_exporter
from azure_migrate_exporter.exposition.metric import PREFIX

PACKAGE = Path(azure_migrate_exporter.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
POSIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "spwd", "syslog", "termios", "tty", "posix"}
SDKS = {"azure", "pyVmomi", "pyVim", "pypsrp", "spnego", "requests"}
MAY_IMPORT_SDKS = {"collectors", "azure", "network"}


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_at_the_top(path: Path) -> set[str]:
    """First parts of what a module imports when it is itself imported."""
    found = set()
    for node in tree(path).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def texts(path: Path) -> list[str]:
    """String literals of a module, without its docstrings."""
    nodes = [*ast.walk(tree(path))]
    documentation = {
        id(node.value) for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_can_be_imported_on_windows(path: Path) -> None:
    assert not imported_at_the_top(path) & POSIX_ONLY


@pytest.mark.parametrize("path", [p for p in MODULES if name(p).split("/")[0] not in MAY_IMPORT_SDKS], ids=name)
def test_only_what_talks_to_a_service_imports_an_sdk(path: Path) -> None:
    assert not imported_at_the_top(path) & SDKS


@pytest.mark.parametrize("path", [p for p in MODULES if name(p).split("/")[0] != "exposition"], ids=name)
def test_no_module_outside_the_exposition_writes_the_name_of_a_metric(path: Path) -> None:
    module_name = azure_migrate_exporter.__name__
    assert not [text for text in texts(path) if PREFIX in text.replace(module_name, "")]
