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


def test_a_module_can_be_imported_on_windows() -> None:
    assert {name(path): found for path in MODULES if (found := imported_at_the_top(path) & POSIX_ONLY)} == {}


def test_only_what_talks_to_a_service_imports_an_sdk() -> None:
    others = (path for path in MODULES if name(path).split("/")[0] not in MAY_IMPORT_SDKS)
    assert {name(path): found for path in others if (found := imported_at_the_top(path) & SDKS)} == {}


def test_no_module_outside_the_exposition_writes_the_name_of_a_metric() -> None:
    module_name = azure_migrate_exporter.__name__
    found = {
        name(path): [text for text in texts(path) if PREFIX in text.replace(module_name, "")]
        for path in MODULES
        if name(path).split("/")[0] != "exposition"
    }
    assert {path: written for path, written in found.items() if written} == {}


HOLDS_A_CANCELLATION = {"runtime/cleanup.py"}
"""Modules that keep a cancellation back and raise it later: the one purpose of `shielded`."""


def names_in(node: ast.AST | None) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} if node else set()
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)} if node else names


def awaits(body: list[ast.stmt]) -> bool:
    return any(isinstance(part, ast.Await | ast.AsyncFor | ast.AsyncWith) for stmt in body for part in ast.walk(stmt))


def swallowed_cancellations(tree: ast.AST) -> list[int]:
    """Lines where an await can be cancelled without its caller ever learning of it."""
    catch_all = {"CancelledError", "BaseException"}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.AsyncWith):
            suppressed = [
                item
                for item in node.items
                if isinstance(item.context_expr, ast.Call)
                and "suppress" in names_in(item.context_expr.func)
                and any(names_in(argument) & catch_all for argument in item.context_expr.args)
            ]
            if suppressed and awaits(node.body):
                lines.append(node.lineno)
        elif isinstance(node, ast.Try) and awaits(node.body):
            lines += [
                handler.lineno
                for handler in node.handlers
                if (handler.type is None or names_in(handler.type) & catch_all)
                and not any(isinstance(part, ast.Raise) for stmt in handler.body for part in ast.walk(stmt))
            ]
    return lines


def test_no_module_swallows_the_cancellation_of_an_await() -> None:
    found = {
        name(path): swallowed_cancellations(ast.parse(path.read_text(encoding="utf-8")))
        for path in MODULES
        if name(path) not in HOLDS_A_CANCELLATION
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        "async def f(t):\n  with contextlib.suppress(asyncio.CancelledError):\n    await t",
        "async def f(t):\n  with suppress(ValueError, CancelledError):\n    await t",
        "async def f(t):\n  with suppress(BaseException):\n    async with t:\n      pass",
        "async def f(t):\n  try:\n    await t\n  except asyncio.CancelledError:\n    pass",
        "async def f(t):\n  try:\n    await t\n  except:\n    pass",
        "async def f(t):\n  try:\n    await t\n  except (OSError, BaseException):\n    return",
    ],
)
def test_a_swallowed_cancellation_is_found(code: str) -> None:
    assert len(swallowed_cancellations(ast.parse(code))) == 1
