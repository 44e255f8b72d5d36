"""CSV files of any shop: the drafted mapping, and its result."""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner

from ecommerce_analytics.cli import cli
from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.imports import draft_mapping, has_mapping, import_csv
from ecommerce_analytics.load import load_shop

from .shopify_exports import FILES, rows

_OTHER: Final = sorted((FILES / "other").glob("*.csv"))


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The mapping drafted for a German shop's two files."""
    directory = tmp_path / "mapping"
    draft_mapping(_OTHER, directory)
    return directory


def test_a_draft_is_guessed_from_names(mapping: Path) -> None:
    """A draft is guessed from column names in the shop's language; missing columns are listed."""
    assert has_mapping(mapping)
    orders = (mapping / "orders.sql").read_text(encoding="utf-8")
    assert 'moment("Bestelldatum") as ordered_at, -- from bestellungen "Bestelldatum"' in orders
    assert "'EUR' as currency, -- guess: 'EUR', for want of a column" in orders
    assert "as delivered_at, -- empty: no column of the file is called so or alike" in orders
    assert sorted(path.name for path in mapping.iterdir()) == [
        "campaigns.sql", "customers.sql", "options.yml", "order_items.sql", "orders.sql",
        "products.sql",
    ]  # fmt: skip


def test_options_are_detected(mapping: Path) -> None:
    """Separators, decimal commas and time formats are detected; the zone is UTC by default."""
    assert yaml.safe_load((mapping / "options.yml").read_text(encoding="utf-8")) == {
        "delimiter": ";",
        "decimal_comma": True,
        "time_zone": "UTC",
        "time_format": "%d.%m.%Y %H:%M",
    }


def test_a_draft_runs_as_it_is(mapping: Path, tmp_path: Path) -> None:
    """A draft runs unchanged: orders and products from lines, text keys as numbers."""
    imported = import_csv(_OTHER, mapping, tmp_path / "out")
    assert imported.rows == {
        "customers": 2, "orders": 3, "order_items": 4, "products": 2, "campaigns": 0
    }  # fmt: skip
    load_shop(tmp_path / "out", tmp_path / "w.duckdb")
    columns = "subtotal, discount_total, shipping_total, order_total"
    assert rows(tmp_path / "out", "orders", columns, "ordered_at") == [
        tuple(map(Decimal, money))
        for money in (
            ("1025.00", "0", "4.90", "1029.90"),
            ("12.50", "2.50", "0", "10.00"),
            ("12.50", "0", "0", "12.50"),
        )
    ]
    names = [name for (name,) in rows(tmp_path / "out", "products", "product_name")]
    assert names == ["Tasse", "Teller; groß"]


def test_a_mapping_is_changed_and_run_again(mapping: Path, tmp_path: Path) -> None:
    """A changed mapping is applied: time zone, a column's SQL, a custom status."""
    for name, before, after in (
        ("options.yml", "time_zone: UTC", "time_zone: Europe/Berlin"),
        ("orders.sql", "'EUR' as currency", "'CHF' as currency"),
    ):
        text = (mapping / name).read_text(encoding="utf-8")
        assert before in text
        (mapping / name).write_text(text.replace(before, after), encoding="utf-8")
    import_csv(_OTHER, mapping, tmp_path / "out")
    [first, *_] = rows(tmp_path / "out", "orders", "ordered_at, currency")
    assert first == (datetime(2026, 1, 31, 12, 45), "CHF")  # noqa: DTZ001 (UTC without a zone)


def test_a_dry_run_writes_nothing(mapping: Path, tmp_path: Path) -> None:
    """A dry run writes nothing, and shows each column's origin from its editable comment."""
    imported = import_csv(_OTHER, mapping, None)
    assert [path.name for path in tmp_path.iterdir()] == ["mapping"]
    orders = next(table for table in imported.tables if table.name == "orders")
    found = {column.name: (column.kind, column.filled) for column in orders.columns}
    assert found["order_total"] == ("from", 3)
    assert found["currency"] == ("guess", 3)
    assert found["delivered_at"] == ("empty", 0)
    assert len(orders.sample) == 3


def test_the_contracts_own_files_map_to_themselves(tmp_path: Path) -> None:
    """Files with the contract's own columns keep the same rows."""
    generate_shop(ShopSpec(customers=20, orders=40), tmp_path / "shop", file_format="csv")
    names = ("customers", "orders", "order_items", "products", "refunds")
    files = [tmp_path / "shop" / f"{name}.csv" for name in names]
    draft_mapping(files, tmp_path / "mapping")
    imported = import_csv(files, tmp_path / "mapping", tmp_path / "out")
    load_shop(tmp_path / "out", tmp_path / "w.duckdb")
    for table in imported.tables:
        if table.name in names:
            guessed = [c.name for c in table.columns if c.kind not in {"from", "empty"}]
            assert guessed == [], table.name
    columns = ", ".join(column.name for column in load_contract().table("order_items").file_columns)
    generate_shop(ShopSpec(customers=20, orders=40), tmp_path / "parquet")
    assert rows(tmp_path / "out", "order_items", columns) == rows(
        tmp_path / "parquet", "order_items", columns
    )


def test_addresses_are_no_keys(tmp_path: Path) -> None:
    """E-mail addresses are not used as customer keys, because keys appear in every mart."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "order id,customer id,date,total\n1,anna@example.com,2026-01-31,4.00\n", encoding="utf-8"
    )
    draft_mapping([path], tmp_path / "mapping")
    orders = (tmp_path / "mapping" / "orders.sql").read_text(encoding="utf-8")
    assert "key(null) as customer_id" in orders


def test_text_keys_are_mentioned(tmp_path: Path) -> None:
    """The message about text keys names the var that keeps them, and the unused columns."""
    said = "\n".join(draft_mapping(_OTHER, tmp_path / "mapping"))
    assert "set key_type: string in vars of dbt_project/dbt_project.yml" in said
    assert "not used of bestellungen.csv: Bezeichnung" in said


def _swap(before: str, after: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert before in text
        return text.replace(before, after)

    return change


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        (
            "orders.sql",
            _swap("Bestellnr", "Bestellnummer"),
            r"mapping/orders\.sql: .*Referenced column Bestellnummer not found",
        ),
        (
            "orders.sql",
            _swap('clean("Status") as order_status', "null as order_status"),
            r"mapping/orders\.sql: order_status is empty in 3 of 3 rows, expected a value in each",
        ),
        (
            "orders.sql",
            lambda text: text[: text.index("qualify")],
            r"mapping/orders\.sql: 2 rows have the order_id -?\d+, expected one row",
        ),
        (
            "orders.sql",
            _swap(" as order_total,", " as grand_total,"),
            r"mapping/orders\.sql has no column order_total; the contract needs it",
        ),
        (
            "orders.sql",
            _swap('number("Gesamtbetrag")', 'number("Zahlungsart")'),
            r"mapping/orders\.sql: found '(PayPal|Rechnung)', expected a number such as 1299,00",
        ),
        ("orders.sql", None, r"mapping has no orders\.sql, expected the rows of orders"),
        (
            "options.yml",
            _swap("UTC\n", "Berlin\n"),
            r"options\.yml: there is no time zone 'Berlin'",
        ),
        (
            "options.yml",
            _swap('delimiter: ";"', 'delimiter: "x"'),
            r"options\.yml: delimiter is 'x', expected",
        ),
        (
            "options.yml",
            _swap("time_zone", "zone"),
            r"options\.yml: expected the options delimiter",
        ),
        ("options.yml", None, r"options\.yml cannot be read: No such file"),
    ],
    ids=range(10),
)
def test_a_wrong_mapping_is_a_sentence(
    mapping: Path, tmp_path: Path, name: str, change: Callable[[str], str] | None, sentence: str
) -> None:
    """A wrong mapping gives one sentence with the file's name, and nothing is written."""
    path = mapping / name
    if change:
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        path.unlink()
    with pytest.raises(EcomError) as refusal:
        import_csv(_OTHER, mapping, tmp_path / "out")
    assert re.search(sentence, str(refusal.value))
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_broken_file_is_found_by_line(mapping: Path, tmp_path: Path) -> None:
    """A broken file is reported by line, as in the loader."""
    files = [Path(shutil.copy(path, tmp_path)) for path in _OTHER]
    text = files[0].read_text(encoding="utf-8")
    files[0].write_text(text[: text.index("Rechnung")], encoding="utf-8")
    with pytest.raises(EcomError, match=r"bestellungen\.csv, line 4 has 14 values, expected 15"):
        import_csv(files, mapping, tmp_path / "out")


def test_columns_that_sql_has_already_are_named(tmp_path: Path) -> None:
    """A file's own row number column is reported, because it would hide the row positions."""
    path = tmp_path / "orders.csv"
    path.write_text("row_number,order id\n1,1\n", encoding="utf-8")
    with pytest.raises(EcomError, match=r"line 1 has a column row_number, expected another name"):
        draft_mapping([path], tmp_path / "mapping")


def test_the_command_line(tmp_path: Path) -> None:
    """A dry run drafts nothing, and running an existing mapping needs an output folder."""
    arguments = ["import", "csv", *map(str, _OTHER), "--map", str(tmp_path / "mapping")]
    runner = CliRunner()
    rejected = runner.invoke(cli, [*arguments, "--dry-run"])
    assert "has no mapping to look at" in str(rejected.exception)
    assert runner.invoke(cli, arguments).output.startswith("Drafted ")
    assert "name the folder to write to with --out" in runner.invoke(cli, arguments).output
    shown = runner.invoke(cli, [*arguments, "--dry-run"]).output
    assert 'from: bestellungen "Bestelldatum"' in shown
    assert not (tmp_path / "out").exists()
    written = runner.invoke(cli, [*arguments, "--out", str(tmp_path / "out")])
    assert "Wrote " in written.output


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """A draft is not written into a folder with other files."""
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(EcomError, match="is not an empty folder; choose another --map"):
        draft_mapping(_OTHER, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
