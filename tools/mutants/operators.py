"""The operators: each makes one small change of a query, such as people make by mistake."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlglot import exp

from mutants.trees import Place, at, nodes, parts, place, plain

# What takes a node's place; none if it is only removed.
Change = Callable[[exp.Expr], exp.Expr | None]
# The columns of a relation and their types.
Columns = Mapping[str, str]


@dataclass(frozen=True)
class Mutation:
    """One change of a query.

    Attributes:
        operator: The kind of change.
        part: The common table expression that is changed.
        place: Where in it.
        old: The fragment before.
        new: The fragment after.
        change: Makes the change.
    """

    operator: str
    part: str
    place: Place
    old: str
    new: str
    change: Change

    def apply(self, tree: exp.Expr) -> exp.Expr | None:
        """A changed copy of this or a similar query; none if it does not have the fragment."""
        changed = tree.copy()
        part = dict(parts(changed)).get(self.part)
        node = None if part is None else self._find(part)
        if node is None:
            return None
        if (new := self.change(node.copy())) is None:
            node.pop()
        else:
            node.replace(new)
        return changed

    def _find(self, part: exp.Expr) -> exp.Expr | None:
        node = at(part, self.place)
        if node is not None and plain(node) == self.old:
            return node
        # An incremental model's two queries differ in places, and so do those of unit tests.
        return next((node for node in nodes(self.part, part) if plain(node) == self.old), None)


@dataclass(frozen=True)
class _Site:
    node: exp.Expr
    columns: Mapping[str, Columns]
    random: random.Random


def mutations(
    tree: exp.Expr, columns: Mapping[str, Columns], chance: random.Random
) -> list[Mutation]:
    """All changes of a query, in the order of its text.

    Args:
        tree: The query.
        columns: The columns of its tables and common table expressions, by `plain` name.
        chance: Draws where there is a choice, as of the column that takes another's place.
    """
    found: dict[tuple[str, str, Place, str], Mutation] = {}
    for name, part in parts(tree):
        for node in nodes(name, part):
            for operator, make in OPERATORS.items():
                for change in make(_Site(node, columns, chance)):
                    new = change(node.copy())
                    old, shown = plain(node), plain(new) if new is not None else ""
                    made = Mutation(operator, name, place(part, node), old, shown, change)
                    if shown != old:
                        found.setdefault((operator, name, made.place, shown), made)
    return list(found.values())


def drawn(candidates: Sequence[Mutation], chance: random.Random) -> list[Mutation]:
    """The changes in an order drawn by chance, the operators taking turns."""
    turns: dict[str, list[Mutation]] = {}
    for mutation in candidates:
        turns.setdefault(mutation.operator, []).append(mutation)
    names = sorted(turns)
    chance.shuffle(names)
    for name in names:
        chance.shuffle(turns[name])
    longest = max(map(len, turns.values()), default=0)
    return [
        turns[name][turn] for turn in range(longest) for name in names if turn < len(turns[name])
    ]


def _dropped_filter(site: _Site) -> Iterator[Change]:
    if isinstance(site.node, exp.Where | exp.Having):
        yield lambda _: None


def _dropped_condition(site: _Site) -> Iterator[Change]:
    if isinstance(site.node, exp.And | exp.Or) and not _joins(site.node):
        yield lambda node: node.this
        yield lambda node: node.expression


def _wider_join(site: _Site) -> Iterator[Change]:
    if isinstance(site.node, exp.And) and _joins(site.node):
        yield lambda node: node.this
        yield lambda node: node.expression
    elif isinstance(site.node, exp.Join) and "on" in site.node.args:
        if site.node.side == "LEFT":
            yield lambda node: _with(node, side=None, kind="INNER")
        elif not site.node.side and site.node.kind in ("", "INNER"):
            yield lambda node: _with(node, side="LEFT", kind=None)
        if not isinstance(site.node.args["on"], exp.And):
            yield lambda node: _with(node, on=exp.true())


_NEGATIONS: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {exp.EQ: exp.NEQ, exp.NEQ: exp.EQ}


def _negated_comparison(site: _Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, exp.Not):
        yield lambda node: node.this
    elif type(node) in _NEGATIONS and not (
        _joins(node) and isinstance(node.expression, exp.Column)
    ):
        yield lambda node: _as(node, _NEGATIONS[type(node)])
    elif (
        isinstance(node, exp.Is | exp.In | exp.Exists) and not isinstance(node.parent, exp.Not)
    ) or (isinstance(node, exp.Column) and _is_condition(node)):
        yield lambda node: exp.not_(node)


def _is_condition(node: exp.Expr) -> bool:
    if isinstance(node.parent, exp.If):
        return node.arg_key == "this"
    return isinstance(node.parent, exp.Where | exp.And | exp.Or)


_RELAXED: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
}


def _relaxed_comparison(site: _Site) -> Iterator[Change]:
    if type(site.node) in _RELAXED:
        yield lambda node: _as(node, _RELAXED[type(node)])


def _swapped_column(site: _Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return
    columns = site.columns.get(_relation(node) or "", {})
    kind = columns.get(node.name)
    others = [name for name, other in columns.items() if other == kind and name != node.name]
    if kind is None or not others:
        return
    other = site.random.choice(others)
    # What a select lists keeps its name.
    listed = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"

    def change(node: exp.Expr) -> exp.Expr:
        new = exp.column(other, table=node.args.get("table"))
        return exp.alias_(new, node.name) if listed else new

    yield change


def _lost_rows(site: _Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, exp.Table) and isinstance(node.parent, exp.From | exp.Join):
        lost = site.random.randrange(10)

        def change(node: exp.Expr) -> exp.Expr:
            rows = exp.select("*").from_(_with(node, alias=None))
            rows = rows.qualify(f"row_number() over () % 10 <> {lost}", dialect="duckdb")
            return rows.subquery(node.alias_or_name)

        yield change


_AGGREGATES: Final[Mapping[type[exp.Expr], Sequence[type[exp.Expr]]]] = {
    exp.Sum: (exp.Max, exp.Count),
    exp.Max: (exp.Min,),
    exp.Min: (exp.Max,),
    exp.Avg: (exp.Max,),
    exp.Least: (exp.Greatest,),
    exp.Greatest: (exp.Least,),
}


def _other_aggregate(site: _Site) -> Iterator[Change]:
    node = site.node
    for other in _AGGREGATES.get(type(node), ()):
        yield lambda node, other=other: _as(node, other)  # type: ignore[misc]
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Column):
        yield lambda node: _with(node, this=exp.Distinct(expressions=[node.this]))


def _off_by_one(site: _Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, exp.Literal) or node.is_string:
        return
    if node.find_ancestor(exp.DataType, exp.WindowSpec, exp.Interval, exp.Round):
        return

    def change(node: exp.Expr) -> exp.Expr:
        value = Decimal(node.name)
        return exp.Literal.number(str(value + Decimal((0, (1,), int(value.as_tuple().exponent)))))

    yield change


def _dropped_coalesce(site: _Site) -> Iterator[Change]:
    if isinstance(site.node, exp.Coalesce):
        yield lambda node: node.this


def _dropped_distinct(site: _Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, exp.Distinct):
        if isinstance(node.parent, exp.Select):
            yield lambda _: None
        elif len(node.expressions) == 1:
            yield lambda node: node.expressions[0]
    elif isinstance(node, exp.Union):
        yield lambda node: _with(node, distinct=not node.args.get("distinct"))


def _dropped_partition(site: _Site) -> Iterator[Change]:
    if isinstance(site.node, exp.Window):
        for index in range(len(site.node.args.get("partition_by") or ())):

            def change(node: exp.Expr, index: int = index) -> exp.Expr:
                kept = list(node.args["partition_by"])
                del kept[index]
                return _with(node, partition_by=kept or None)

            yield change


def _reversed_order(site: _Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, exp.Ordered) and node.find_ancestor(exp.Window, exp.WithinGroup):
        yield lambda node: _with(node, desc=not node.args.get("desc"))


def _other_frame(site: _Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, exp.WindowSpec):
        return
    for key in ("start", "end"):
        if isinstance(bound := node.args.get(key), exp.Literal):
            less = exp.Literal.number(int(bound.name) - 1)
            yield lambda node, key=key, less=less: _with(node, **{key: less})  # type: ignore[misc]
    if node.args.get("end") == "CURRENT ROW":
        yield lambda node: _with(node, end="UNBOUNDED", end_side="FOLLOWING")


def _dropped_case(site: _Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, exp.Case):
        return
    branches = len(node.args["ifs"])
    if branches == 1:
        yield lambda node: node.args["ifs"][0].args["true"]
    else:
        for index in range(branches):

            def change(node: exp.Expr, index: int = index) -> exp.Expr:
                kept = list(node.args["ifs"])
                del kept[index]
                return _with(node, ifs=kept)

            yield change
    if not isinstance(node.args.get("default"), exp.Null | None):
        yield lambda node: _with(node, default=None)


_ARITHMETIC: Final[Mapping[type[exp.Expr], type[exp.Expr]]] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
}


def _other_sign(site: _Site) -> Iterator[Change]:
    if type(site.node) in _ARITHMETIC:
        yield lambda node: _as(node, _ARITHMETIC[type(node)])


OPERATORS: Final[Mapping[str, Callable[[_Site], Iterator[Change]]]] = {
    "dropped filter": _dropped_filter,
    "dropped condition": _dropped_condition,
    "wider or narrower join": _wider_join,
    "negated comparison": _negated_comparison,
    "relaxed comparison": _relaxed_comparison,
    "swapped column": _swapped_column,
    "lost tenth of the rows": _lost_rows,
    "other aggregate": _other_aggregate,
    "off by one": _off_by_one,
    "dropped coalesce": _dropped_coalesce,
    "dropped distinct": _dropped_distinct,
    "dropped partition": _dropped_partition,
    "reversed order": _reversed_order,
    "other window frame": _other_frame,
    "dropped case": _dropped_case,
    "other arithmetic": _other_sign,
}


def _as(node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
    """The same arguments under another operator or function."""
    kept = {key: node.args[key] for key in kind.arg_types if key in node.args}
    return kind(**kept)


def _with(node: exp.Expr, **values: object) -> exp.Expr:
    """A copy of the node with other arguments."""
    copy = node.copy()
    for key, value in values.items():
        copy.set(key, value)
    return copy


def _joins(node: exp.Expr) -> bool:
    """Whether the node is a condition of a join itself, not of something within it."""
    while isinstance(node.parent, exp.And | exp.Or | exp.Paren):
        node = node.parent
    return isinstance(node.parent, exp.Join)


def _relation(column: exp.Column) -> str | None:
    """The `plain` name of the relation that a column is of."""
    select = column.find_ancestor(exp.Select)
    while select is not None:
        named = {}
        sources = [select.args["from_"]] if select.args.get("from_") else []
        for source in (*sources, *(select.args.get("joins") or ())):
            if isinstance(source.this, exp.Table):
                named[source.this.alias_or_name] = source.this
        if column.table in named:
            return plain(_with(named[column.table], alias=None))
        if not column.table:
            only = next(iter(named.values())) if len(named) == 1 else None
            return plain(_with(only, alias=None)) if only is not None else None
        select = select.find_ancestor(exp.Select)
    return None
