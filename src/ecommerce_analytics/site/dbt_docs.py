"""dbt's own documentation as one page that asks nothing of a network."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ecommerce_analytics.dbt_runner import invoke, reason
from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT

_MANIFEST: Final = '"MANIFEST.JSON INLINE DATA"'
_CATALOG: Final = '"CATALOG.JSON INLINE DATA"'
_HEAD: Final = "<head>"
# dbt's page could count its visitors at home; the browser is told to let it fetch nothing. Its
# library makes functions of text, and its fonts and pictures stand in the page.
_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src '
    "'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
# Icons that the browser would ask for before the page's script has filled in their names.
_UNFILLED: Final = {
    '<use xlink:href="{{': '<use ng-attr-xlink:href="{{',
    """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>""": "",
}
# Parts of the manifest that the page does not show.
_UNSHOWN: Final = ("group_map", "disabled")


@dataclass(frozen=True)
class Artifacts:
    """What `dbt docs generate` leaves: the compiled project, and the columns that there are."""

    manifest: Mapping[str, Any]
    catalog: Mapping[str, Any]
    page: str


def generate(engine: Engine, target: Path) -> Artifacts:
    """Run `dbt docs generate` on a built warehouse.

    Args:
        engine: The warehouse.
        target: A directory for what dbt writes.

    Returns:
        What it wrote.

    Raises:
        EcomError: dbt failed.
    """
    result = invoke(engine, "docs generate", ["--target-path", str(target)], log_level="none")
    if not result.success:
        raise EcomError(f"dbt docs generate failed: {reason(result, engine)}")
    return Artifacts(
        json.loads((target / "manifest.json").read_text(encoding="utf-8")),
        json.loads((target / "catalog.json").read_text(encoding="utf-8")),
        (target / "index.html").read_text(encoding="utf-8"),
    )


def standalone(artifacts: Artifacts) -> str:
    """The page of dbt's documentation with its data in it.

    Args:
        artifacts: Of `generate`.

    Returns:
        The page. Packages' own macros and paths of this machine are left out of its data.

    Raises:
        EcomError: dbt's page is not the one that this was written for.
    """
    page = artifacts.page
    for expected in (_MANIFEST, _CATALOG, _HEAD):
        if page.count(expected) != 1:
            raise EcomError(f"dbt's documentation page has changed: it lacks {expected}")
    page = page.replace(_HEAD, f"{_HEAD}{_POLICY}")
    for icon, harmless in _UNFILLED.items():
        page = page.replace(icon, harmless)
    page = page.replace(_MANIFEST, _inert(_slim(artifacts.manifest)))
    return page.replace(_CATALOG, _inert(artifacts.catalog))


def _slim(manifest: Mapping[str, Any]) -> dict[str, Any]:
    project = manifest["metadata"]["project_name"]
    kept = {key: value for key, value in manifest.items() if key not in _UNSHOWN}
    kept["macros"] = {
        key: macro for key, macro in manifest["macros"].items() if macro["package_name"] == project
    }
    return {key: _portable(value) for key, value in kept.items()}


def _portable(value: Any) -> Any:
    """A value with the paths of this machine cut to the project's own."""
    if isinstance(value, dict):
        return {key: _portable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_portable(part) for part in value]
    if isinstance(value, str):
        return value.replace(str(DBT_PROJECT), DBT_PROJECT.name)
    return value


def _inert(data: object) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
