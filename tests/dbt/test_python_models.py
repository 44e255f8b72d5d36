"""A Python model builds on DuckDB, for shops that add one; docs/decisions/0040."""

import shutil
from pathlib import Path
from typing import Final

from conftest import Dbt
from ecommerce_analytics.paths import DBT_PROJECT

_MODEL: Final = """
def model(dbt, session):
    products = dbt.ref("stg_ecommerce__products")
    return products.aggregate("category, count(*) as product_count", "category")
"""
# Contracts are for SQL models only.
_PROPERTIES: Final = """
models:
  - name: products_by_category
    description: One row per category.
    config:
      materialized: table
      contract: {enforced: false}
"""


def test_a_python_model_is_built_and_replaced(small_shop_dir: Path, tmp_path: Path) -> None:
    """A Python model is built twice, because creating and replacing a table differ."""
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    marts = project / "models" / "marts"
    (marts / "products_by_category.py").write_text(_MODEL, encoding="utf-8")
    (marts / "products_by_category.yml").write_text(_PROPERTIES, encoding="utf-8")
    shop = Dbt(tmp_path, project)
    shop.load(small_shop_dir)
    for _ in range(2):
        shop.succeed("run", "--select", "stg_ecommerce__products", "products_by_category")
        assert shop.query("select * from marts.products_by_category order by 1") == shop.query(
            "select category, count(*) from raw_data.products group by category order by 1"
        )
