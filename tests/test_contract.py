"""The source contract: readers get exactly what the YAML declares."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ecommerce_analytics.contract import LOADED_AT, Table, load_contract
from ecommerce_analytics.errors import EcomError

_CONTRACT = load_contract()
_CORE = ("customers", "orders", "order_items", "products", "campaigns")
_OPTIONAL = (
    "marketing_touchpoints",
    "refunds",
    "campaign_spend_daily",
    "inventory_levels",
    "erasures",
)

each_table = pytest.mark.parametrize("table", _CONTRACT.tables, ids=lambda table: table.name)


def _yaml(tmp_path: Path, columns: str) -> Path:
    path = tmp_path / "sources.yml"
    path.write_text(f"sources: [{{schema: raw, tables: [{{name: t, columns: [{columns}]}}]}}]")
    return path


def test_five_core_and_five_optional_tables() -> None:
    """The contract has the expected tables in their order."""
    assert _CONTRACT.schema == "raw_data"
    assert tuple(table.name for table in _CONTRACT.tables) == _CORE + _OPTIONAL
    assert tuple(table.name for table in _CONTRACT.tables if table.optional) == _OPTIONAL


@each_table
def test_every_table_has_a_key_and_the_loaders_stamp(table: Table) -> None:
    """Every key forbids nulls; the load time is last and not part of a file."""
    assert table.key
    assert not any(column.nullable for column in table.columns if column.is_key)
    assert table.columns[-1].name == LOADED_AT
    assert LOADED_AT not in [column.name for column in table.file_columns]
    assert table.arrow_schema.names == [column.name for column in table.file_columns]


@each_table
def test_money_is_exact_and_times_are_microseconds(table: Table) -> None:
    """There are no floats, and one kind of timestamp."""
    scales = {"quantity": 3, "on_hand": 3, "unit_price": 4, "unit_cost": 4, "list_price": 4}
    for field in table.arrow_schema:
        assert not pa.types.is_floating(field.type)
        if pa.types.is_decimal(field.type):
            assert field.type == pa.decimal128(18, scales.get(field.name, 2))
        if pa.types.is_timestamp(field.type):
            assert field.type == pa.timestamp("us")


@each_table
def test_checks_are_predicates_over_the_tables_columns(table: Table) -> None:
    """The loader can run each check as SQL over the table's columns."""
    columns = ", ".join(f"null::varchar as {column.name}" for column in table.columns)
    for column in table.columns:
        if column.check:
            with duckdb.connect() as connection:
                result = connection.execute(f"select {column.check} from (select {columns})")  # noqa: S608
                assert result.fetchall() == [(None,)]


@each_table
def test_references_name_a_key(table: Table) -> None:
    """A foreign key references the complete key of a table in the contract."""
    for column in table.columns:
        if column.references:
            name, _, rest = column.references.partition(" ")
            assert rest == f"({', '.join(_CONTRACT.table(name).key)})"


def test_constraints_are_read(tmp_path: Path) -> None:
    """Each kind of constraint sets its own field."""
    path = _yaml(
        tmp_path,
        "{name: a, data_type: bigint, constraints: [{type: primary_key}]},"
        "{name: b, data_type: 'numeric(9, 3)', constraints: [{type: not_null}]},"
        "{name: c, data_type: string, constraints: [{type: check, expression: c > ''}]},"
        "{name: d, data_type: date, constraints: [{type: foreign_key, expression: u (a)}]},"
        "{name: loaded_at, data_type: timestamp}",
    )
    [table] = load_contract(path).tables
    assert table.key == ("a",)
    assert [column.nullable for column in table.columns] == [False, False, True, True, True]
    assert table.columns[1].arrow_type == pa.decimal128(9, 3)
    assert table.columns[2].check == "c > ''"
    assert table.columns[3].references == "u (a)"
    assert not table.optional


def test_a_table_that_is_not_there() -> None:
    """An unknown table name is the caller's error."""
    with pytest.raises(KeyError):
        _CONTRACT.table("returns")


def test_a_type_that_is_not_known(tmp_path: Path) -> None:
    """The message names the column and the allowed types."""
    with pytest.raises(EcomError) as refusal:
        load_contract(_yaml(tmp_path, "{name: a, data_type: float}"))
    assert str(refusal.value) == (
        "the source contract gives t.a the type 'float'; use one of bigint, integer, string, "
        "boolean, date, timestamp, numeric(p,s)"
    )


@pytest.mark.parametrize("text", [None, "", "sources: []", "{", "sources: 3"])
def test_a_file_that_is_not_a_contract(tmp_path: Path, text: str | None) -> None:
    """A file that is not a contract gives one sentence with its name."""
    path = tmp_path / "sources.yml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EcomError, match=r"cannot read the source contract .*sources\.yml: "):
        load_contract(path)
