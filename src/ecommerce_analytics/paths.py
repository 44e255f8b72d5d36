"""The locations of the parts of a checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DBT_PROJECT = ROOT / "dbt_project"
SOURCES_YAML = DBT_PROJECT / "models" / "staging" / "_stg_ecommerce__sources.yml"
CLV_SOURCES_YAML = DBT_PROJECT / "models" / "staging" / "_stg_clv__sources.yml"
SEEDS = DBT_PROJECT / "seeds"
DOCKER = ROOT / "docker"
POSTGRES_INIT = DOCKER / "postgres"
MOCK_DATA = POSTGRES_INIT / "mock-data"
ENV_FILE = ROOT / ".env"
ENV_EXAMPLE = ROOT / ".env.example"

# What `ecom generate` and `ecom advance` write beside their files.
MANIFEST = "shop.json"
DAY_FILE = "day.json"

DATA = ROOT / "data"
DEFAULT_SHOP = DATA / "shop"
DEFAULT_WAREHOUSE = DATA / "warehouse.duckdb"
DEFAULT_SPARK = DATA / "spark"
DEFAULT_POSTGRES = DATA / "postgres"
DEFAULT_SITE = ROOT / "site"


def short_path(path: Path | str) -> str:
    """The path as a user would type it: relative to the current directory, if below it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
