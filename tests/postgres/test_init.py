"""The init script: idempotent, fills the mock data's shop, and shows no password."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pytest
import yaml

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.engines.postgres.mock_data import write_mock_data
from ecommerce_analytics.engines.postgres.settings import LOADER, SUPERUSER, TRANSFORMER
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.load import load_shop
from ecommerce_analytics.paths import DBT_PROJECT, POSTGRES_INIT
from postgres.servers import TestServer, a_server

_TABLES: Final = [table.name for table in load_contract().tables]
# A new shop has no erasure requests.
_FILLED: Final = [table.name for table in load_contract().tables if not table.kept]
_STATE: Final = """
    select 'schema', nspname::text, nspowner::regrole::text, nspacl::text from pg_namespace
    where nspname !~ '^pg_(toast|temp)'
    union all
    select 'database', datname::text, datdba::regrole::text, datacl::text from pg_database
    union all
    select 'role', rolname::text, rolcanlogin::text, rolsuper::text from pg_roles
    union all
    select 'default', defaclobjtype::text, defaclrole::regrole::text, defaclacl::text
    from pg_default_acl
    union all
    select 'setting', setdatabase::text, null, setconfig::text from pg_db_role_setting
    order by 1, 2, 3, 4
"""


@pytest.fixture(scope="module")
def filled(small_shop_dir: Path) -> Iterator[TestServer]:
    """A server created with the small shop."""
    with a_server(small_shop_dir) as server:
        started = server.start()
        assert started.notices == (
            "The schema raw_data has the shop of docker/postgres/mock-data.",
        )
        yield server


@pytest.fixture(scope="module")
def checked(small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shop in DuckDB."""
    warehouse = tmp_path_factory.mktemp("checked") / "w.duckdb"
    load_shop(small_shop_dir, warehouse)
    return warehouse


@pytest.mark.parametrize("table", _FILLED)
def test_postgres_has_the_rows_that_duckdb_has(
    filled: TestServer, checked: Path, table: str
) -> None:
    """Rows and values equal DuckDB's, except `loaded_at`; the loader owns the table."""
    contract = load_contract().table(table)
    columns = ", ".join(column.name for column in contract.file_columns)
    query = f"select {columns} from raw_data.{table} order by {', '.join(contract.key)}"  # noqa: S608
    with duckdb.connect(str(checked), read_only=True) as connection:
        expected = connection.execute(query).fetchall()
    assert len(expected) > 5
    assert filled.query(TRANSFORMER, query) == expected
    assert filled.scalar(f"select tableowner from pg_tables where tablename = '{table}'") == LOADER  # noqa: S608


@pytest.mark.parametrize("table", _FILLED)
def test_rows_were_loaded_when_the_server_began(filled: TestServer, table: str) -> None:
    """`loaded_at`, which dbt's freshness tests read, is the server's start in UTC."""
    assert filled.scalar(
        "select count(distinct loaded_at) = 1 and "  # noqa: S608
        "max(loaded_at) between timezone('UTC', now()) - interval '10 minutes' "
        f"and timezone('UTC', now()) from raw_data.{table}"
    )


def test_the_planner_knows_the_tables(filled: TestServer) -> None:
    """Statistics exist, so that the first build need not wait for autovacuum."""
    known = filled.scalar(
        "select count(*) from pg_class where relnamespace = 'raw_data'::regnamespace "
        "and relkind = 'r' and reltuples > 0"
    )
    assert known == len(_FILLED)


def test_running_it_again_changes_nothing(filled: TestServer) -> None:
    """A second run changes neither privileges nor rows, including rows changed since."""
    filled.query(LOADER, "delete from raw_data.refunds")
    filled.query(LOADER, "drop table raw_data.inventory_levels")
    before = filled.query(SUPERUSER, _STATE)
    _restart(filled)
    assert filled.query(SUPERUSER, _STATE) == before
    assert filled.scalar("select count(*) from raw_data.refunds") == 0
    assert filled.scalar("select to_regclass('raw_data.inventory_levels') is null")


def test_running_it_again_renews_privileges(filled: TestServer) -> None:
    """A second run revokes privileges granted by hand."""
    filled.query(SUPERUSER, "grant create on schema public to public")
    filled.query(SUPERUSER, "alter schema seeds owner to postgres")
    filled.query(SUPERUSER, "alter role ecom_reader createdb")
    before = filled.query(SUPERUSER, _STATE)
    _restart(filled)
    assert filled.query(SUPERUSER, _STATE) != before
    assert not filled.scalar("select rolcreatedb from pg_roles where rolname = 'ecom_reader'")
    assert not filled.scalar("select has_schema_privilege('ecom_reader', 'public', 'create')")
    filled.query(TRANSFORMER, "create table seeds.made (id bigint)")


def _restart(server: TestServer) -> None:
    from ecommerce_analytics.engines.postgres.server import stop

    assert stop(server.data)
    started = server.start()
    assert (started.was_running, started.is_new) == (False, False)
    assert started.notices == (
        "This database was initialised before: passwords and privileges are renewed, tables kept.",
    )


def test_without_mock_data_the_raw_schema_is_empty() -> None:
    """Without mock data the raw schema is empty, for a shop's own data."""
    with a_server() as server:
        assert server.start().notices == (
            "No mock data in docker/postgres/mock-data: the schema raw_data is empty.",
        )
        assert (
            server.scalar(
                "select count(*) from pg_class where relnamespace = 'raw_data'::regnamespace"
            )
            == 0
        )


def test_a_failed_script_is_one_sentence_and_run_again(small_shop_dir: Path) -> None:
    """A failed script gives one sentence and stops the server; after a fix, a start finishes it."""
    with a_server(small_shop_dir) as server:
        script = server.init / "mock-data" / "orders.sql"
        whole = script.read_text(encoding="utf-8")
        script.write_text(whole.replace("\tUSD\t", "\t\\N\t", 1), encoding="utf-8")
        with pytest.raises(EcomError, match=r'^init-db\.sql failed: null value in column "curren'):
            server.start()
        with pytest.raises(EcomError, match="no PostgreSQL server answers"):
            server.settings.connect(SUPERUSER)
        script.write_text(whole, encoding="utf-8")
        assert not server.start().is_new
        assert server.scalar("select count(*) from raw_data.orders") == 1000
        assert server.scalar("select count(*) from raw_data.inventory_levels") > 0


def test_no_password_is_written_anywhere(filled: TestServer) -> None:
    """No password is in the server's log at any level, or in psql's errors."""
    with (filled.init / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write("log_statement = all\nlog_min_duration_statement = 0\n")
    script = filled.init / "init-db.sql"
    whole = script.read_text(encoding="utf-8")
    script.write_text(whole.replace("alter role ecom_reader with", "alter role ecom_reader wit"))
    with pytest.raises(EcomError) as error:
        _restart(filled)
    script.write_text(whole, encoding="utf-8")
    filled.start()
    assert str(error.value).startswith('init-db.sql failed: unrecognized role option "wit"')
    assert "canary" not in str(error.value)
    log = (filled.data / "server.log").read_text(encoding="utf-8")
    assert "set client_min_messages = warning" in log
    assert "canary" not in log


def test_it_makes_every_schema_that_dbt_builds_in() -> None:
    """Every schema of dbt has its owner and privileges before the first build."""
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    named = set(re.findall(r"'\+schema': '(\w+)'", repr(project)))
    script = (POSTGRES_INIT / "init-db.sql").read_text(encoding="utf-8")
    (made,) = re.findall(r"from unnest\(array\[([^]]+)\]\) as name", script)
    assert {"staging", "marts", "seeds"} <= named
    assert named | {"audit", "analytics"} == set(re.findall(r"\w+", made))


def test_it_repeats_nothing_of_the_contract() -> None:
    """The script names no table of the contract."""
    script = (POSTGRES_INIT / "init-db.sql").read_text(encoding="utf-8")
    assert not [name for name in _TABLES if re.search(rf"\b{name}\b", script)]


def test_the_same_files_give_the_same_scripts(small_shop_dir: Path, tmp_path: Path) -> None:
    """The same files give the same scripts, byte for byte, without other files."""
    for name in ("first", "second"):
        summary = write_mock_data(small_shop_dir, tmp_path / name)
        assert list(summary.rows) == _TABLES
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == sorted([*(f"{table}.sql" for table in _TABLES), "load.sql"])
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_a_refused_shop_leaves_the_scripts_as_they_were(
    small_shop_dir: Path, tmp_path: Path
) -> None:
    """A rejected shop leaves the old scripts unchanged."""
    out = tmp_path / "out"
    write_mock_data(small_shop_dir, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in small_shop_dir.glob("*.parquet"):
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "orders.parquet").write_bytes(b"not a shop")
    with pytest.raises(EcomError, match="is not a whole Parquet file"):
        write_mock_data(broken, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_table_that_is_gone_leaves_no_script(small_shop_dir: Path, tmp_path: Path) -> None:
    """A removed table's script is removed, or the server would mix two shops."""
    out = tmp_path / "out"
    write_mock_data(small_shop_dir, out)
    smaller = tmp_path / "smaller"
    smaller.mkdir()
    required = [table.name for table in load_contract().tables if not table.optional]
    for name in required:
        (smaller / f"{name}.parquet").write_bytes((small_shop_dir / f"{name}.parquet").read_bytes())
    assert list(write_mock_data(smaller, out).rows) == required
    assert not (out / "refunds.sql").exists()
    assert "refunds" not in (out / "load.sql").read_text(encoding="utf-8")
