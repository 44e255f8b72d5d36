"""Draws the documentation's Mermaid diagrams as SVG, so that pages need no Mermaid."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from ecommerce_analytics.errors import EcomError

_RELATION: Final = re.compile(r"^(\w+) ([|o]{2})--(o[{|]) (\w+) : (\w+)$")
_ENTITY: Final = re.compile(r"^(\w+) \{$")
_ARROW: Final = re.compile(r"\s*-->\s*")
_NODE: Final = re.compile(r"^(\w+)(?:\[(.*)\])?$")
_CHARACTER: Final = 7.2
_LINE: Final = 19
_GAP_X: Final = 84
_GAP_Y: Final = 18
_PAD: Final = 10


@dataclass(frozen=True)
class Box:
    """A box of a diagram: a title and lines."""

    name: str
    title: str
    lines: tuple[str, ...]

    @property
    def width(self) -> float:
        """In pixels, so that the longest line fits."""
        return max(map(len, (self.title, *self.lines))) * _CHARACTER + 2 * _PAD

    @property
    def height(self) -> float:
        """In pixels."""
        return (1 + len(self.lines)) * _LINE + _PAD


@dataclass(frozen=True)
class Line:
    """A line between two boxes; `many` for a one-to-many relation."""

    start: str
    end: str
    label: str = ""
    optional: bool = False
    many: bool = False


def draw(mermaid: str, name: str) -> str:
    """A Mermaid ER diagram or left-to-right flowchart as SVG.

    Args:
        mermaid: The diagram, in the subset of Mermaid used by this documentation.
        name: Its accessible name.

    Returns:
        An SVG element; lines run from left to right, from the referenced box to the referencing.

    Raises:
        EcomError: The diagram is of another kind.
    """
    kind, *rest = [line.strip() for line in mermaid.strip().splitlines()]
    if kind == "erDiagram":
        boxes, lines = _entities(rest)
    elif kind == "flowchart LR":
        boxes, lines = _steps(rest)
    else:
        raise EcomError(f"cannot draw a diagram of the kind {kind!r}")
    return _svg(boxes, lines, name)


def _entities(rows: Sequence[str]) -> tuple[list[Box], list[Line]]:
    lines = []
    fields: dict[str, list[str]] = {}
    inside = ""
    for row in rows:
        if inside and row == "}":
            inside = ""
        elif inside:
            _, column, *keys = row.split()
            fields[inside].append(f"{column} {' '.join(keys).replace(',', '')}".strip())
        elif found := _RELATION.match(row):
            parent, one, many, child, label = found.groups()
            lines.append(Line(parent, child, label, one == "|o", many.endswith("{")))
        elif found := _ENTITY.match(row):
            inside = found[1]
            fields[inside] = []
        else:
            raise EcomError(f"cannot draw this line of an ER diagram: {row}")
    names = dict.fromkeys([*(n for line in lines for n in (line.start, line.end)), *fields])
    return [Box(n, n, tuple(fields.get(n, ()))) for n in names], lines


def _steps(rows: Sequence[str]) -> tuple[list[Box], list[Line]]:
    boxes: dict[str, Box] = {}
    lines = []
    for row in rows:
        names = []
        for part in _ARROW.split(row):
            found = _NODE.match(part.strip())
            if found is None:
                raise EcomError(f"cannot draw this line of a flowchart: {row}")
            names.append(found[1])
            if found[2] or found[1] not in boxes:
                title, *below = (found[2] or found[1]).split("<br>")
                boxes[found[1]] = Box(found[1], title, tuple(below))
        lines += [Line(a, b) for a, b in pairwise(names)]
    return list(boxes.values()), lines


def _levels(boxes: Sequence[Box], lines: Sequence[Line]) -> Mapping[str, int]:
    """The column of each box: one step right of its rightmost predecessor."""
    level = {box.name: 0 for box in boxes}
    for _ in boxes:
        for line in lines:
            level[line.end] = max(level[line.end], level[line.start] + 1)
    return level


def _svg(boxes: Sequence[Box], lines: Sequence[Line], name: str) -> str:
    level = _levels(boxes, lines)
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        columns[level[box.name]].append(box)
    heights = {i: sum(b.height + _GAP_Y for b in column) for i, column in columns.items()}
    height = max(heights.values(), default=0)
    places: dict[str, tuple[float, float]] = {}
    x = 2.0
    for i in sorted(columns):
        y = (height - heights[i]) / 2 + 2
        for box in columns[i]:
            places[box.name] = (x, y)
            y += box.height + _GAP_Y
        x += max(box.width for box in columns[i]) + _GAP_X
    width = x - _GAP_X + 2
    sized = {box.name: box for box in boxes}
    drawn = "".join(_curve(line, sized, places) for line in lines)
    drawn += "".join(_box(box, *places[box.name]) for box in boxes)
    said = "; ".join(f"{line.end} refers to {line.start}" for line in lines if line.many)
    identity = re.sub(r"\W+", "-", name.lower())
    return (
        f'<div class="scroll drawing" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<svg class="diagram" width="{width:.0f}" height="{height + 4:.0f}" role="img" '
        f'viewBox="0 0 {width:.0f} {height + 4:.0f}" aria-labelledby="{identity}-t {identity}-d">'
        f'<title id="{identity}-t">{escape(name)}</title>'
        f'<desc id="{identity}-d">{escape(said or name)}</desc>{drawn}</svg></div>'
    )


def _box(box: Box, x: float, y: float) -> str:
    parts = [
        f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="6"/>',
        f'<text class="strong" x="{x + _PAD:.1f}" y="{y + 19:.1f}" font-weight="600">'
        f"{escape(box.title)}</text>",
    ]
    for i, line in enumerate(box.lines, 1):
        parts.append(f'<text x="{x + _PAD:.1f}" y="{y + 19 + i * _LINE:.1f}">{escape(line)}</text>')
    return "".join(parts)


def _curve(line: Line, boxes: Mapping[str, Box], places: Mapping[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = places[line.start], places[line.end]
    start, end = boxes[line.start], boxes[line.end]
    # The curve ends at the line of the referencing column, if the box shows it.
    names = [text.split()[0] for text in end.lines]
    row = 1 + names.index(line.label) if line.label in names else 0
    y1 += min(start.height / 2, 15)
    y2 += 15 + row * _LINE
    x1 += start.width
    bend = max((x2 - x1) / 2, 30)
    dash = ' stroke-dasharray="5 3"' if line.optional else ""
    path = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    foot = (
        f'<path class="edge" d="M{x2 - 9:.1f} {y2:.1f}L{x2:.1f} {y2 - 5:.1f}M{x2 - 9:.1f} {y2:.1f}'
        f'L{x2:.1f} {y2 + 5:.1f}"/>'
        if line.many
        else f'<path class="edge" d="M{x2 - 7:.1f} {y2 - 4:.1f}L{x2:.1f} {y2:.1f}L{x2 - 7:.1f} '
        f'{y2 + 4:.1f}"/>'
    )
    return f'<path class="edge" d="{path}"{dash}/>{foot}'
