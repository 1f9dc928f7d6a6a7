"""docs/strangers.md: which reason each check gives for whatever may answer in its service's place."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from tests.lab.strangers import STRANGERS
from tests.strangers.cells import CHECKS, TABLE, Cell, Never

_BEGIN = """# Who answers, and what is said

Generated from the table of `tests/strangers` by `make generate`; `make strangers` runs every cell of it.

On the network of a company, a proxy, a block page, a captive portal or another product may answer in place of the
service that a check asks. The check then fails for the reason below (see [the reasons](metrics.md#reasons)), at its
deadline at the latest, with no secret in its message. It recovers within one interval once the service answers again.

Who inspects TLS on the way shows a certificate of a CA of its own. The message names that CA: put its certificate
into the system's store or into the section's `ca_file`, or exempt the host at the proxy. Every check trusts the same:
the system's store, or `ca_file` in its place.

The second column holds for every check that the third does not name. *works*: the check succeeds all the same.

| name | asks |
|---|---|
"""


def page() -> str:
    """The page."""
    checks = "".join(f"| {name} | {words} |\n" for name, words in CHECKS.items())
    rows = "".join(f"| {line} |\n" for line in _rows())
    reasons = "".join(f"- {why}: {', '.join(names)}\n" for why, names in _never().items())
    return (
        f"{_BEGIN}{checks}\n| what answers | reason | but |\n|---|---|---|\n{rows}\n"
        f"What is missing cannot occur:\n\n{reasons}"
    )


def _rows() -> Iterator[str]:
    for name, stranger in STRANGERS.items():
        cells = {check: cell for check, row in TABLE.items() if isinstance(cell := row[name], Cell)}
        usual = Counter(_word(cell) for cell in cells.values()).most_common(1)[0][0]
        others = sorted((_word(cell), check) for check, cell in cells.items() if _word(cell) != usual)
        but = [f"{word}: {', '.join(c for _, c in group)}" for word, group in groupby(others, lambda pair: pair[0])]
        yield f"{stranger.words} | {usual} | {'; '.join(but)}"


def _word(cell: Cell) -> str:
    return f"`{cell.reason}`" if cell.reason else "*works*"


def _never() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check, row in TABLE.items():
        for why in dict.fromkeys(cell.why for cell in row.values() if isinstance(cell, Never)):
            found.setdefault(why, []).append(check)
    return found
