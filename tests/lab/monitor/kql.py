"""As much of the Kusto query language as the product's queries use, run over lists of rows.

union isfuzzy=true, print, where, project, extend, summarize count() by, take; comparisons, `contains`, `in`, `and`,
`or`; iff, toint, tostring, isnotempty, column_ifexists, ingestion_time. That the queries are sound Kusto beyond that is
for Microsoft's own parser to say: `tests.lab.kusto`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

Row = dict[str, Any]
Expression = Callable[[Row], Any]

INGESTED: Final = "$ingested"
"""The key of a row under which its ingestion time stands, in Unix seconds."""

_TOKENS: Final = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\")|(?P<time>datetime\([^)]*\))|(?P<number>\d+(?:\.\d+)?)|(?P<word>!?[A-Za-z_]\w*)"
    r"|(?P<sign>==|!=|>=|<=|=~|[><=|(),]))"
)


class QueryError(Exception):
    """A query that Log Analytics refuses with 400."""


class _NoTableError(QueryError):
    """A table that the workspace does not have."""


@dataclass
class Table:
    """Rows, and the columns that they have; a row may lack some."""

    columns: list[str]
    rows: list[Row]


def run(query: str, tables: Mapping[str, Table]) -> Table:
    """The result of a query. Raises QueryError."""
    reader = _Reader(query, tables)
    result = reader.pipeline()
    reader.expect("")
    return result


class _Reader:
    """A recursive descent that runs what it reads."""

    def __init__(self, query: str, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._tokens: list[str] = []
        position = 0
        while query[position:].strip():
            match = _TOKENS.match(query, position)
            if match is None:
                raise QueryError(f"syntax error at {query[position : position + 20]!r}")
            self._tokens.append(match[0].strip())
            position = match.end()
        self._tokens.append("")
        self._at = 0

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _take(self, *tokens: str) -> bool:
        found = self._tokens[self._at] in tokens
        self._at += found
        return found

    def expect(self, token: str) -> None:
        """Raises QueryError if anything else comes next."""
        if (found := self._next()) != token:
            raise QueryError(f"syntax error: {found!r} where {token!r} was expected")

    # Tables.

    def pipeline(self) -> Table:
        """A source and what is done with it."""
        table = self._source()
        while self._take("|"):
            table = self._operator(self._next(), table)
        return table

    def _source(self) -> Table:
        name = self._next()
        if name == "union":
            return self._union()
        if name == "print":
            return self._project(Table([], [{}]))
        if name not in self._tables:
            raise _NoTableError(f"Failed to resolve table '{name}'")
        return self._tables[name]

    def _union(self) -> Table:
        for token in ("isfuzzy", "=", "true"):
            self.expect(token)
        legs: list[Table] = []
        while True:
            self.expect("(")
            try:
                legs.append(self.pipeline())
                self.expect(")")
            except _NoTableError:
                self._skip()
            if not self._take(","):
                break
        columns = list(dict.fromkeys(column for leg in legs for column in leg.columns))
        return Table(columns, [row for leg in legs for row in leg.rows])

    def _skip(self) -> None:
        """The rest of a leg, with its closing parenthesis."""
        depth = 1
        while depth:
            token = self._next()
            depth += (token == "(") - (token == ")")

    def _operator(self, name: str, table: Table) -> Table:
        match name:
            case "where":
                test = self._any(table)
                return Table(table.columns, [row for row in table.rows if test(row)])
            case "take":
                return Table(table.columns, table.rows[: int(self._next())])
            case "project":
                return self._project(table)
            case "extend":
                new = self._assignments(table)
                rows = [{**row, **{column: value(row) for column, value in new.items()}} for row in table.rows]
                return Table([*table.columns, *new], rows)
            case "summarize":
                return self._summarize(table)
        raise QueryError(f"syntax error: there is no operator {name!r}")

    def _project(self, table: Table) -> Table:
        new = self._assignments(table)
        return Table(list(new), [{column: value(row) for column, value in new.items()} for row in table.rows])

    def _assignments(self, table: Table) -> dict[str, Expression]:
        found: dict[str, Expression] = {}
        while True:
            column = self._next()
            found[column] = self._any(table) if self._take("=") else self._column(column, table)
            if not self._take(","):
                return found

    def _summarize(self, table: Table) -> Table:
        total = self._next()
        for token in ("=", "count", "(", ")", "by"):
            self.expect(token)
        keys = self._assignments(table)
        groups: dict[tuple[Any, ...], int] = {}
        for row in table.rows:
            key = tuple(value(row) for value in keys.values())
            groups[key] = groups.get(key, 0) + 1
        rows = [{**dict(zip(keys, key, strict=True)), total: count} for key, count in groups.items()]
        return Table([*keys, total], rows)

    # Expressions.

    def _any(self, table: Table) -> Expression:
        left = self._all(table)
        while self._take("or"):
            left = _either(left, self._all(table))
        return left

    def _all(self, table: Table) -> Expression:
        left = self._comparison(table)
        while self._take("and"):
            left = _both(left, self._comparison(table))
        return left

    def _comparison(self, table: Table) -> Expression:
        left = self._value(table)
        sign = self._tokens[self._at]
        if sign in _COMPARISONS:
            self._at += 1
            return _compared(_COMPARISONS[sign], left, self._value(table))
        if sign in {"in", "!in"}:
            self._at += 1
            values = [value({}) for value in self._arguments(table)]
            return lambda row: (left(row) in values) is (sign == "in")
        return left

    def _arguments(self, table: Table) -> list[Expression]:
        self.expect("(")
        found: list[Expression] = []
        while not self._take(")"):
            found.append(self._any(table))
            self._take(",")
        return found

    def _value(self, table: Table) -> Expression:
        token = self._next()
        if token.startswith('"'):
            return lambda _: token[1:-1]
        if token.startswith("datetime("):
            return lambda _: datetime.fromisoformat(token[9:-1]).timestamp()
        if token[:1].isdigit():
            return lambda _: float(token) if "." in token else int(token)
        if self._tokens[self._at] == "(":
            return self._call(token, self._arguments(table), table)
        return self._column(token, table)

    def _call(self, name: str, arguments: list[Expression], table: Table) -> Expression:
        if name == "ingestion_time":
            return lambda row: row[INGESTED]
        if name == "column_ifexists":
            column, instead = arguments[0]({}), arguments[1]
            return self._column(column, table) if column in table.columns else instead
        if name not in _FUNCTIONS:
            raise QueryError(f"Unknown function: '{name}'")
        return lambda row: _FUNCTIONS[name](*(argument(row) for argument in arguments))

    def _column(self, name: str, table: Table) -> Expression:
        if name not in table.columns:
            raise QueryError(f"Failed to resolve column or scalar expression named '{name}'")
        return lambda row: row.get(name)


def _either(left: Expression, right: Expression) -> Expression:
    return lambda row: bool(left(row) or right(row))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda row: bool(left(row) and right(row))


def _compared(compare: Callable[[Any, Any], bool], left: Expression, right: Expression) -> Expression:
    def test(row: Row) -> bool:
        values = left(row), right(row)
        return None not in values and compare(*values)

    return test


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "=~": lambda a, b: bool(a.casefold() == b.casefold()),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    "contains": lambda a, b: b.casefold() in a.casefold(),
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "iff": lambda test, yes, no: yes if test else no,
    "int": int,
    "toint": lambda value: None if value is None else int(value),
    "tostring": _text,
    "isnotempty": lambda value: value not in {None, ""},
}
