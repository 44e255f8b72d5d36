"""The generated parts of docs/data-model.md: the tables of each layer, and the ER diagrams.

The source is the project's YAML files, not a manifest, so nothing has to be built or parsed first.
A relation in a diagram is a `relationships` test of a mart, so that every `dbt build` checks every
line.

    python -m ecommerce_analytics.docs.data_model

updates the page; text outside the markers is not changed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT, ROOT, SOURCES_YAML

PAGE: Final = ROOT / "docs" / "data-model.md"

_LAYERS: Final = (
    "staging",
    "staging/shopify_fivetran/base",
    "intermediate",
    "marts/core",
    "marts/analytics",
)
_PROJECT: Final = "ecommerce_analytics"
_REF: Final = re.compile(r"ref\('(\w+)'")
# Mermaid's attribute types are plain words; for a type that depends on the engine, the last one is
# shown.
_TYPE: Final = re.compile(r"\w+(?=\W*$|\()")


@dataclass(frozen=True)
class Relation:
    """A column whose values must exist in a column of another model."""

    child: str
    column: str
    parent: str
    field: str
    nullable: bool
    unique: bool


@dataclass(frozen=True)
class Key:
    """A column that identifies a row or references one; `role` is PK, FK or both."""

    name: str
    data_type: str
    role: str


@dataclass(frozen=True)
class Model:
    """One model, or one version of a model, as described by its YAML file and folder."""

    name: str
    version: int | None
    layer: str
    path: Path
    description: str
    materialized: str
    group: str
    keys: tuple[Key, ...]
    relations: tuple[Relation, ...]

    @property
    def label(self) -> str:
        """The name as `ref` takes it, with the version where there are several."""
        return self.name if self.version is None else f"{self.name} v{self.version}"


def read_models() -> tuple[Model, ...]:
    """Read every model of the project from the YAML files beside them.

    Returns:
        The models by layer, each by name, the latest version first.

    Raises:
        EcomError: A described model has no SQL file.
    """
    defaults = _folder_defaults()
    models = [
        model
        for path in sorted((DBT_PROJECT / "models").rglob("*.yml"))
        for entry in _load(path).get("models", ())
        for model in _versions(entry, path, defaults)
    ]
    return tuple(sorted(models, key=lambda m: (m.layer, m.name, -(m.version or 0))))


def relations(models: Iterable[Model]) -> tuple[Relation, ...]:
    """The relations tested in the marts, each once."""
    marts = (model for model in models if model.layer.startswith("marts/"))
    return tuple(dict.fromkeys(relation for model in marts for relation in model.relations))


def render(page: str) -> str:
    """Fill the page's generated parts.

    Args:
        page: The page's text, with a pair of markers around each generated part.

    Returns:
        The page with every generated part up to date.

    Raises:
        EcomError: The page lacks the markers of a part.
    """
    for name, text in _parts().items():
        begin, end = f"<!-- generated: {name} -->", "<!-- end -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise EcomError(f"the page has no part {begin} ... {end}; add the two markers")
        page = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return page


def diagram(models: Sequence[Model], drawn: Sequence[Relation]) -> str:
    """A Mermaid ER diagram of the models with their keys, and of the relations between them.

    Args:
        models: The models to draw with their keys.
        drawn: The relations to draw; an end that is not among the models is drawn as a bare box.

    Returns:
        The fenced Mermaid block.
    """
    lines = ["```mermaid", "erDiagram"]
    for relation in drawn:
        one = "|o" if relation.nullable else "||"
        many = "o|" if relation.unique else "o{"
        lines.append(f"    {relation.parent} {one}--{many} {relation.child} : {relation.column}")
    for model in models:
        lines.append(f"    {model.name} {{")
        lines.extend(
            f"        {_word(key.data_type)} {key.name} {key.role}".rstrip() for key in model.keys
        )
        lines.append("    }")
    return "\n".join((*lines, "```"))


def main() -> None:
    """Update the page."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _parts() -> dict[str, str]:
    models = read_models()
    checked = relations(models)
    core = [model for model in models if model.layer == "marts/core"]
    names = {model.name for model in core}
    parts = {layer: _model_table(m for m in models if m.layer == layer) for layer in _LAYERS}
    return {
        "sources": _source_table(),
        "seeds": _plain_table("seeds"),
        "snapshots": _plain_table("snapshots"),
        **parts,
        "diagram core": diagram(core, [r for r in checked if r.child in names]),
        "diagram analytics": diagram(
            # Only the latest version has the relations; an older one would be drawn twice.
            [m for m in models if m.layer == "marts/analytics" and m.relations],
            [r for r in checked if r.child not in names],
        ),
    }


def _model_table(models: Iterable[Model]) -> str:
    rows = [
        (f"[{m.label}]({_link(m.path)})", m.materialized, m.group, m.description) for m in models
    ]
    return _table(("model", "built as", "group", "what a row is"), rows)


def _source_table() -> str:
    rows = []
    for source in _load(SOURCES_YAML)["sources"]:
        for table in source["tables"]:
            optional = table.get("config", {}).get("meta", {}).get("optional", False)
            description = _one_line(table["description"]).removesuffix(" Optional.")
            rows.append((f"`{table['name']}`", "optional" if optional else "required", description))
    return _table(("table", "", "what a row is"), rows)


def _plain_table(kind: str) -> str:
    rows = [
        (f"[{entry['name']}]({_link(path)})", _one_line(entry["description"]))
        for path in sorted((DBT_PROJECT / kind).glob("*.yml"))
        for entry in _load(path).get(kind, ())
    ]
    return _table((kind[:-1], "what a row is"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([_cell(c) for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _versions(entry: Mapping[str, Any], path: Path, defaults: Mapping[str, str]) -> Iterator[Model]:
    latest = entry.get("latest_version")
    for version in entry.get("versions", [None]):
        described = entry if version is None else {**entry, **version}
        number = None if version is None else int(version["v"])
        name = str(entry["name"])
        sql = path.with_name(f"{name}.sql" if number is None else f"{name}_v{number}.sql")
        if not sql.exists():
            raise EcomError(f"{path} describes the model {name}, but there is no {sql}")
        folders = sql.parent.relative_to(DBT_PROJECT / "models")
        config = {**entry.get("config", {}), **described.get("config", {})}
        found = tuple(_relations(entry)) if number == latest else ()
        yield Model(
            name=name,
            version=number,
            layer=folders.as_posix(),
            path=sql,
            description=_one_line(described["description"]),
            materialized=str(config.get("materialized", defaults.get(folders.parts[0], "view"))),
            group=str(config.get("group", "")),
            keys=tuple(_keys(entry, found)),
            relations=found,
        )


def _relations(entry: Mapping[str, Any]) -> Iterator[Relation]:
    for column in entry.get("columns", ()):
        for test in column.get("data_tests", ()):
            if not isinstance(test, dict) or "relationships" not in test:
                continue
            arguments = test["relationships"]["arguments"]
            reference = _REF.match(arguments["to"])
            if reference is None:
                raise EcomError(f"{entry['name']}.{column['name']} relates to no model by ref()")
            yield Relation(
                child=str(entry["name"]),
                column=str(column["name"]),
                parent=reference[1],
                field=str(arguments["field"]),
                nullable=not _constraints(column) & {"not_null", "primary_key"},
                unique="unique" in column["data_tests"],
            )


def _keys(entry: Mapping[str, Any], found: Sequence[Relation]) -> Iterator[Key]:
    pointing = {relation.column for relation in found}
    for column in entry.get("columns", ()):
        roles = [
            *(["PK"] if "primary_key" in _constraints(column) else []),
            *(["FK"] if column["name"] in pointing else []),
        ]
        if roles:
            yield Key(str(column["name"]), str(column["data_type"]), ", ".join(roles))


def _word(data_type: str) -> str:
    found = _TYPE.search(data_type)
    return found[0] if found else "text"


def _constraints(column: Mapping[str, Any]) -> set[str]:
    return {constraint["type"] for constraint in column.get("constraints", ())}


def _folder_defaults() -> dict[str, str]:
    configured = _load(DBT_PROJECT / "dbt_project.yml")["models"][_PROJECT]
    return {
        folder: str(config["+materialized"])
        for folder, config in configured.items()
        if isinstance(config, dict) and "+materialized" in config
    }


def _load(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _link(path: Path) -> str:
    return f"../{path.relative_to(ROOT).as_posix()}"


if __name__ == "__main__":
    main()
