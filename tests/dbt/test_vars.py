"""Every var of dbt_project.yml can be changed, and the build and all its tests succeed."""

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from conftest import Artifact, Dbt
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.paths import DBT_PROJECT

_DECLARED: Final[Mapping[str, Any]] = yaml.safe_load(
    (DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
)["vars"]
# Vars that cannot change on this shop, with the test that changes them.
_TRIED_ELSEWHERE: Final[Mapping[str, str]] = {
    "value_mapping": "tests/test_irregular_rows.py",
    "raw_database": "tests/engines/test_own_postgres.py",
    "raw_schema": "tests/engines/test_own_postgres.py",
    "raw_tables": "tests/engines/test_own_postgres.py",
    "ecommerce_source": "tests/connectors/test_shopify_fivetran.py",
    "shopify_fivetran_database": "tests/connectors/test_shopify_fivetran.py",
    "shopify_fivetran_schema": "tests/connectors/test_shopify_fivetran.py",
}
# Two values each: on either side of the default where possible, and unusual time zones.
_OTHERS: Final[Mapping[str, tuple[Any, Any]]] = {
    "erase_after_absent_days": (1, 400),
    "key_type": ("string", "string"),
    "shop_timezone": ("Asia/Kathmandu", "Pacific/Chatham"),
    "as_of_date": ("2025-01-20", "2025-02-28"),
    "earliest_order_date": ("1990-01-01", "2024-11-01"),
    "held_back_days": (0, 365),
    "prices_include_tax": (True, True),
    "attribution_window_days": (1, 90),
    "attribution_half_life_days": (1, 30),
    "customer_active_days": (10, 200),
    "customer_at_risk_days": (11, 400),
    "customer_vip_amount": (50, 100_000),
    "cohorts_include_unknown_guests": (False, False),
    "anomaly_z_score": (0.5, 10),
    "volume_floor": (0.1, 1),
    "affinity_minimum_orders": (1, 20),
    "shown_category_count": (1, 500),
    "price_change_window_days": (1, 120),
}
# Vars about the source's tables and columns, which unit tests read too.
_OF_THE_TABLES: Final = frozenset(
    {"ecommerce_source", "key_type", "raw_database", "raw_schema", "raw_tables", "value_mapping"}
)
_SPEC: Final = ShopSpec(customers=40, orders=160, start=date(2024, 11, 18), end=date(2025, 2, 10))
_VAR: Final = re.compile(r"""\bvar\(\s*['"](\w+)['"]""")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One winter of a tiny shop."""
    path = tmp_path_factory.mktemp("vars") / "shop"
    generate_shop(_SPEC, path)
    return path


def test_every_var_is_tried() -> None:
    """Every var has two other values in this test's list."""
    missing = set(_DECLARED) - set(_OTHERS) - set(_TRIED_ELSEWHERE)
    assert not missing, (
        f"dbt_project.yml declares {sorted(missing)}; give each two other values in _OTHERS"
    )
    gone = {*_OTHERS, *_TRIED_ELSEWHERE} - set(_DECLARED)
    assert not gone, f"dbt_project.yml does not declare {sorted(gone)}; remove them from this test"
    same = [name for name, values in _OTHERS.items() if _DECLARED[name] in values]
    assert not same, f"{same} have the default among their other values"


@pytest.mark.parametrize("turn", [0, 1])
def test_a_build_with_other_values_is_green(shop: Path, tmp_path: Path, turn: int) -> None:
    """A build with other values of all vars succeeds, with every test."""
    dbt = Dbt(tmp_path)
    dbt.load(shop)
    others = {name: values[turn] for name, values in _OTHERS.items()}
    result = dbt.succeed("build", "--vars", json.dumps(others))
    statuses = {r["unique_id"]: r["status"] for r in result.artifacts["run_results"]["results"]}
    assert set(statuses.values()) <= {"success", "pass", "no-op", "warn"}


def test_unit_tests_fix_the_vars_they_depend_on(manifest: Artifact) -> None:
    """Unit tests set the vars they depend on, so that a shop's own values do not break them."""
    models = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    unfixed = {}
    for test in manifest["unit_tests"].values():
        fixed = (test["overrides"] or {}).get("vars") or {}
        used = _used(manifest, models[test["model"]], set()) & set(_DECLARED)
        loose = used - set(fixed) - _OF_THE_TABLES
        if loose:
            unfixed[test["name"]] = loose
    assert not unfixed


def _used(manifest: Artifact, node: Mapping[str, Any], seen: set[str]) -> set[str]:
    """The vars that a node or macro uses, directly or through the macros it calls."""
    used = set(_VAR.findall(node.get("raw_code") or node.get("macro_sql") or ""))
    for key in node["depends_on"]["macros"]:
        if key not in seen:
            seen.add(key)
            used |= _used(manifest, manifest["macros"][key], seen)
    return used
