"""Compiled SQL as sqlglot trees: their common table expressions, and places in them."""

from collections.abc import Iterator
from typing import Final

from sqlglot import exp, parse_one

DIALECT: Final = "duckdb"
# How dbt names the fixtures of a unit test, and the ephemeral models that it puts into a query.
PLACED: Final = "__dbt__cte__"
# The last select of a query, beside its common table expressions.
LAST: Final = "(last select)"

Place = tuple[tuple[str, int | None], ...]


def parse(sql: str) -> exp.Expr:
    """The tree of one statement."""
    return parse_one(sql, dialect=DIALECT)


def text(node: exp.Expr) -> str:
    """A tree as SQL."""
    return node.sql(dialect=DIALECT)


def plain(node: exp.Expr) -> str:
    """A fragment as SQL, the same in a model and in its unit tests, where tables are fixtures."""
    copy = node.copy()
    for table in copy.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
        table.set("this", exp.to_identifier(table.name.removeprefix(PLACED)))
    return text(copy)


def parts(tree: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    """The queries of a model by name, without what dbt put in front of them."""
    ctes = tree.args.get("with_")
    for cte in ctes.expressions if ctes else ():
        if not cte.alias.startswith(PLACED):
            yield cte.alias, cte.this
    yield LAST, tree


def nodes(name: str, part: exp.Expr) -> Iterator[exp.Expr]:
    """All nodes of a part; the last select's without those of the other parts."""
    if name != LAST:
        yield from part.walk()
        return
    for key, value in part.args.items():
        if key != "with_":
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, exp.Expr):
                    yield from child.walk()


def place(part: exp.Expr, node: exp.Expr) -> Place:
    """The way from a part to one of its nodes."""
    steps: list[tuple[str, int | None]] = []
    while node is not part and node.parent is not None:
        steps.append((str(node.arg_key), node.index))
        node = node.parent
    return tuple(reversed(steps))


def at(part: exp.Expr, way: Place) -> exp.Expr | None:
    """The node at a place, if there is one."""
    node = part
    for key, index in way:
        value = node.args.get(key)
        if index is not None:
            value = value[index] if isinstance(value, list) and index < len(value) else None
        if not isinstance(value, exp.Expr):
            return None
        node = value
    return node
