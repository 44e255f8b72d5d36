"""dbt's own documentation as one offline page."""

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
# dbt's page contains tracking, so the browser may fetch nothing. Its library needs `unsafe-eval`;
# its fonts and pictures are embedded.
_POLICY: Final = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src '
    "'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
# Icons that the browser would request before the page's script fills in their names.
_UNFILLED: Final = {
    '<use xlink:href="{{': '<use ng-attr-xlink:href="{{',
    """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>""": "",
}
# Parts of the manifest that the page does not show.
_UNSHOWN: Final = ("group_map", "disabled")


@dataclass(frozen=True)
class Artifacts:
    """The output of `dbt docs generate`: manifest, catalog and page."""

    manifest: Mapping[str, Any]
    catalog: Mapping[str, Any]
    page: str


def generate(engine: Engine, target: Path) -> Artifacts:
    """Run `dbt docs generate` on a built warehouse.

    Args:
        engine: The warehouse.
        target: A directory for dbt's output.

    Returns:
        The output.

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
    """The page of dbt's documentation with its data embedded.

    Args:
        artifacts: From `generate`.

    Returns:
        The page, without packages' macros and paths of this machine.

    Raises:
        EcomError: dbt's page has an unknown format.
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
    """A value with absolute paths replaced by project paths."""
    if isinstance(value, dict):
        return {key: _portable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_portable(part) for part in value]
    if isinstance(value, str):
        return value.replace(str(DBT_PROJECT), DBT_PROJECT.name)
    return value


def _inert(data: object) -> str:
    """JSON that cannot end the surrounding script."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
