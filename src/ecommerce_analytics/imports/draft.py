"""Drafts a mapping: for each contract table a file, for each of its columns a column of it.

Columns are matched by name, using the words of common shop exports. A column that no file has is
computed from others, or gets a value with a note that the user should check it.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ecommerce_analytics.contract import Column, Table, load_contract, project_key_type
from ecommerce_analytics.imports.mapping import FLAGS
from ecommerce_analytics.load.rules import sql_type
from ecommerce_analytics.load.sql import identifier

_CLOSE: Final = 0.84
_ACCENTS: Final = str.maketrans("äöüéèêàçñíóú", "aoueeeacniou")

# Synonyms for the contract's columns, in the most common languages of exports.
_WORDS: Final[Mapping[str, str]] = {
    "order_id": "order id, order no, order number, order name, order, bestellnr, bestellnummer, "
    "auftragsnummer, numero de commande, id commande, numero pedido, id",
    "customer_id": "customer id, customer no, customer number, client id, user id, kundennr, "
    "kundennummer, numero client, id client, id",
    "product_id": "product id, article number, item number, sku, artikelnr, artikelnummer, "
    "reference, variant id, product, lineitem sku, id",
    "order_item_id": "order item id, line id, line item id, position id, id",
    "campaign_id": "campaign id, campaign, kampagne, id",
    "refund_id": "refund id, credit note, gutschrift, id",
    "email": "email, e mail, mail, email address, customer email, billing email",
    "customer_name": "customer name, name, full name, kunde, kundenname, client",
    "order_status": "order status, status, state, bestellstatus, statut",
    "ordered_at": "ordered at, order date, created at, date, created, bestelldatum, datum, "
    "date de commande, fecha, purchase date",
    "shipped_at": "shipped at, ship date, fulfilled at, versanddatum, versendet am",
    "delivered_at": "delivered at, delivery date, lieferdatum, zugestellt am",
    "cancelled_at": "cancelled at, canceled at, storniert am",
    "subtotal": "subtotal, sub total, zwischensumme, sous total, goods total",
    "discount_total": "discount total, discount amount, discount, rabatt, remise",
    "shipping_total": "shipping total, shipping, shipping amount, delivery fee, versand, "
    "versandkosten, frais de port",
    "tax_total": "tax total, tax, taxes, vat, tax amount, mwst, steuer, tva",
    "order_total": "order total, total, grand total, amount, gesamt, gesamtbetrag, summe, "
    "montant total",
    "currency": "currency, waehrung, wahrung, devise, moneda",
    "delivery_country": "delivery country, shipping country, lieferland, country, land, pays",
    "delivery_region": "delivery region, shipping state, shipping province, region",
    "payment_method": "payment method, payment, gateway, zahlungsart, moyen de paiement",
    "line_number": "line number, line no, position, pos",
    "quantity": "quantity, qty, units, menge, anzahl, quantite, cantidad, lineitem quantity",
    "unit_price": "unit price, price, item price, preis, einzelpreis, prix, prix unitaire, "
    "lineitem price",
    "discount": "line discount, item discount, discount, positionsrabatt, lineitem discount",
    "line_total": "line total, line amount, positionssumme, total line",
    "unit_cost": "unit cost, cost, cost per item, cost price, einkaufspreis, ek, cout",
    "product_name": "product name, title, name, item name, artikel, bezeichnung, artikelname, "
    "produit, produkt, lineitem name",
    "sku": "sku, article number, artikelnummer",
    "category": "category, product type, type, kategorie, warengruppe, categorie",
    "brand": "brand, vendor, manufacturer, marke, hersteller, marque",
    "list_price": "list price, price, unit price, variant price, preis, verkaufspreis, vk, prix",
    "is_active": "is active, active, published, enabled, aktiv",
    "created_at": "created at, created, date created, angelegt am",
    "updated_at": "updated at, modified at, last modified, geaendert am",
    "signed_up_at": "signed up at, sign up date, created at, registered, registration date, "
    "date created, kunde seit, registriert am",
    "country": "country, country code, billing country, land, pays, pais",
    "city": "city, town, billing city, ort, stadt, ville, ciudad",
    "state": "state, province, region, bundesland",
    "segment": "segment, customer group, kundengruppe",
    "accepts_marketing": "accepts marketing, newsletter, marketing consent, "
    "accepts email marketing",
    "refunded_at": "refunded at, refund date, erstattet am",
    "goods_amount": "goods amount, refund amount, refunded amount, amount, erstattung",
}
# The columns that a file needs to be the source of a table.
_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "customers": (("customer_id", "email"), ("customer_id", "customer_name")),
    "orders": (("order_id", "ordered_at"),),
    "order_items": (("order_id", "quantity", "unit_price"), ("order_id", "quantity", "line_total")),
    "products": (("product_id", "product_name"),),
    "refunds": (("order_id", "goods_amount", "refunded_at"),),
}
_ORDER: Final = ("orders", "order_items", "products", "customers", "refunds")
# The replacement for a missing column that the contract requires: {x} is another column.
_INSTEAD: Final[Mapping[str, Mapping[str, str]]] = {
    "customers": {
        "accepts_marketing": "false",
        "is_test": "false",
        "signed_up_at": "timestamp '2020-01-01'",
        "updated_at": "{signed_up_at}",
    },
    "orders": {
        "order_status": "'delivered'",
        "subtotal": "{order_total} + {discount_total} - {shipping_total} - {tax_total}",
        "discount_total": "0",
        "shipping_total": "0",
        "tax_total": "0",
        "order_total": "{subtotal} - {discount_total} + {shipping_total} + {tax_total}",
        "currency": "'EUR'",
        "is_test": "false",
        "updated_at": "{ordered_at}",
    },
    "order_items": {
        "order_item_id": "part_key({order_id}, {line_number})",
        "line_number": "row_number() over (partition by {order_id} order by row_number)",
        "unit_price": "{line_total} / nullif({quantity}, 0)",
        "discount": "0",
        "line_total": "round({quantity} * {unit_price} - {discount}, 2)",
        "is_gift_card": "false",
        "updated_at": "timestamp '2020-01-01'",
    },
    "products": {
        "product_name": "{product_id}",
        "category": "'Uncategorized'",
        "list_price": "0",
        "is_active": "true",
        "created_at": "timestamp '2020-01-01'",
        "updated_at": "{created_at}",
    },
    "refunds": {
        "refund_id": "part_key({order_id}, row_number)",
        "quantity": "0",
        "tax_amount": "0",
        "shipping_amount": "0",
    },
}
_CALLS: Final[Mapping[str, str]] = {
    "bigint": "key",
    "boolean": "flag",
    "date": "moment",
    "timestamp": "moment",
    "string": "clean",
}


@dataclass(frozen=True)
class Sample:
    """A file's columns with their first values, without empty ones; `view` is its name in SQL."""

    view: str
    file_name: str
    values: Mapping[str, tuple[str, ...]]


# The source file of a table, and its column for each of the contract's.
Source = tuple[Sample, Mapping[str, str]]


@dataclass(frozen=True)
class Draft:
    """The SQL of each contract table, and notes about guesses as lines to print."""

    files: Mapping[str, str]
    lines: tuple[str, ...]


def draft(samples: Mapping[str, Sample]) -> Draft:
    """Draft a mapping.

    Args:
        samples: The files by their names in SQL.

    Returns:
        SQL for every required table, and for `refunds` if a file has them.
    """
    contract = {table.name: table for table in load_contract().tables}
    sources = {name: _source(contract[name], samples) for name in _ORDER}
    files, lines = {}, []
    for name, table in contract.items():
        source = sources.get(name)
        if source is None and table.optional:
            continue
        files[name] = _file(table, source, sources)
        lines.append(
            f"  {name}.sql: {len(source[1])} columns from {source[0].file_name}"
            if source
            else f"  {name}.sql: no file has them"
        )
    lines += _unused(samples, sources)
    if project_key_type() == "bigint" and any(map(_has_text_keys, sources.values())):
        lines.append(
            "  keys that are no whole numbers become some, of their MD5; to keep them as they are, "
            "set key_type: string in vars of dbt_project/dbt_project.yml before the import"
        )
    return Draft(files, tuple(lines))


def _unused(samples: Mapping[str, Sample], sources: Mapping[str, Source | None]) -> list[str]:
    """A line per file with the columns that the draft does not use."""
    lines = []
    for sample in samples.values():
        used = {name for s in sources.values() if s and s[0] is sample for name in s[1].values()}
        if names := [name for name in sample.values if name not in used]:
            lines.append(f"  not used of {sample.file_name}: {', '.join(names)}")
    return lines


def _has_text_keys(source: Source | None) -> bool:
    if source is None:
        return False
    sample, matched = source
    columns = [name for column, name in matched.items() if column.endswith("_id")]
    return any(not v.isdigit() or v != str(int(v)) for n in columns for v in sample.values[n])


def _source(table: Table, samples: Mapping[str, Sample]) -> Source | None:
    """The source file of a table, and its column for each of the contract's."""
    found: list[tuple[tuple[float, int], Source]] = []
    for sample in samples.values():
        matched = _match(table, sample)
        if any(set(names) <= matched.keys() for names in _NEEDED[table.name]):
            alike = difflib.SequenceMatcher(None, sample.view, table.name).ratio()
            found.append(((round(alike, 1), len(matched)), (sample, matched)))
    return max(found, key=lambda each: each[0])[1] if found else None


def _match(table: Table, sample: Sample) -> dict[str, str]:
    """The file's column for each column of the contract, if there is one, each used once."""
    scored = []
    for column in table.file_columns:
        for name, values in sample.values.items():
            score = _score(table, column, name)
            if score and _fits(column, values):
                scored.append((score, column.name, name))
    matched: dict[str, str] = {}
    for _, column_name, name in sorted(scored, key=lambda each: -each[0]):
        if column_name not in matched and name not in matched.values():
            matched[column_name] = name
    return matched


def _score(table: Table, column: Column, name: str) -> float:
    """The similarity of two names, 0 for none; a column's earlier synonyms count more."""
    plain = _plain(name)
    words = [_plain(column.name), *(w.strip() for w in _WORDS.get(column.name, "").split(","))]
    # A column called id is only the key of its own table.
    if plain == "id" and not (column.is_key and len(table.key) == 1):
        return 0
    if plain in words:
        return 2 - words.index(plain) / 100
    close = max(difflib.SequenceMatcher(None, plain, word).ratio() for word in words if word)
    return close if close >= _CLOSE else 0


def _fits(column: Column, values: Sequence[str]) -> bool:
    """Whether the values fit the column; an e-mail address as a key would appear in every mart."""
    if column.name.endswith("_id"):
        return not any("@" in value for value in values)
    if column.name == "email":
        return not values or any("@" in value for value in values)
    if column.data_type.startswith("numeric") or column.data_type == "integer":
        return all(re.fullmatch(r"[+-]?[\d.,]+", value) for value in values)
    if column.data_type in {"timestamp", "date"}:
        return all(re.match(r"\d{1,4}[-./]\d{1,2}[-./]\d{2,4}", value) for value in values)
    if column.data_type == "boolean":
        return {value.lower() for value in values} <= FLAGS
    return True


def _plain(name: str) -> str:
    """A name in lower case, without accents, with single blanks between words."""
    folded = name.lower().replace("ß", "ss").translate(_ACCENTS)
    return re.sub(r"[\W_]+", " ", folded).strip()


def _file(table: Table, source: Source | None, sources: Mapping[str, Source | None]) -> str:
    if source is None and table.name == "products" and (lines := sources.get("order_items")):
        return _products_of_lines(table, lines)
    if source is None:
        return _no_rows(table)
    sample, matched = source
    expressions: dict[str, str] = {}
    comments: dict[str, str] = {}
    for column in table.file_columns:
        if column.name in matched:
            name = matched[column.name]
            expressions[column.name] = _call(column, name)
            comments[column.name] = f'from {sample.view} "{name}"'
    for column in table.file_columns:
        if column.name not in expressions:
            expressions[column.name], comments[column.name] = _instead(table, column, expressions)
    once = _is_repeated(sample, matched, table)
    key = _call(table.file_columns[0], matched[table.key[0]]) if once else ""
    ending = (
        f"\nqualify row_number() over (partition by {key} order by row_number) = 1" if once else ""
    )
    return (
        f"-- {_title(table)} Drafted from the header of {sample.file_name}: read every line, and\n"
        "-- change what is wrong. `clean`, `number`, `moment`, `flag` and `key` read text; the\n"
        "-- comment after a column is what `--dry-run` shows of it.\n"
        f"{_select(table, expressions, comments)}\nfrom {identifier(sample.view)}{ending}\n"
    )


def _is_repeated(sample: Sample, matched: Mapping[str, str], table: Table) -> bool:
    """Whether the table's key repeats, as an order's does in a file of order lines."""
    if len(table.key) > 1 or table.key[0] not in matched:
        return False
    values = sample.values[matched[table.key[0]]]
    return len(set(values)) < len(values)


def _call(column: Column, name: str) -> str:
    kind = "key" if column.name.endswith("_id") else _CALLS.get(column.data_type, "number")
    if column.name == "anonymous_id":
        kind = "clean"
    return f"{kind}({identifier(name)})"


def _instead(table: Table, column: Column, made: Mapping[str, str]) -> tuple[str, str]:
    """The SQL for a column that the file does not have, and the comment."""
    pattern = _INSTEAD.get(table.name, {}).get(column.name)
    if pattern is None:
        return _null(column), "empty: no column of the file is called so or alike"
    for _ in range(3):
        names = re.findall(r"{(\w+)}", pattern)
        for name in names:
            inner = made.get(name) or _plain_instead(table, name, column.name)
            pattern = pattern.replace(f"{{{name}}}", inner)
    names = re.findall(r"{(\w+)}", _INSTEAD[table.name][column.name])
    made_of = f"made of {', '.join(dict.fromkeys(names))}" if names else pattern
    return pattern, f"guess: {made_of}, for want of a column"


def _plain_instead(table: Table, name: str, asking: str) -> str:
    """The replacement of another missing column, which must not depend on the first one."""
    pattern = _INSTEAD[table.name].get(name, "null")
    return "0" if f"{{{asking}}}" in pattern else pattern


def _null(column: Column) -> str:
    return "key(null)" if column.name.endswith("_id") else f"cast(null as {sql_type(column)})"


def _select(table: Table, expressions: Mapping[str, str], comments: Mapping[str, str]) -> str:
    lines = []
    for position, column in enumerate(table.file_columns, start=1):
        comma = "," if position < len(table.file_columns) else ""
        lines.append(
            f"    {expressions[column.name]} as {column.name}{comma} -- {comments[column.name]}"
        )
    return "\n".join(("select", *lines))


def _no_rows(table: Table) -> str:
    expressions = {column.name: _null(column) for column in table.file_columns}
    comments = dict.fromkeys(expressions, "empty: no file has it")
    return (
        f"-- {_title(table)} No file has them, so that there are none.\n"
        f"{_select(table, expressions, comments)}\nwhere false\n"
    )


def _products_of_lines(table: Table, lines: Source) -> str:
    """Products derived from the order lines: one row per product."""
    sample, matched = lines
    if "product_id" not in matched:
        return _no_rows(table)
    names = {k: v for k, v in _match(table, sample).items() if v != matched["product_id"]}
    key = f"key({identifier(matched['product_id'])})"
    price = f"number({identifier(matched['unit_price'])})" if "unit_price" in matched else "0"
    name = names.get("product_name", matched["product_id"])
    expressions = {
        column.name: _INSTEAD["products"].get(column.name, _null(column))
        for column in table.file_columns
    }
    expressions |= {
        "product_id": key,
        "product_name": f"max_by(clean({identifier(name)}), row_number)",
        "sku": f"max_by(clean({identifier(matched['product_id'])}), row_number)",
        "list_price": f"max_by({price}, row_number)",
        "updated_at": expressions["created_at"],
    }
    comments = {
        name: "empty: no file of products"
        if expression.startswith("cast(null")
        else f"guess: {expression}, for want of a file of products"
        for name, expression in expressions.items()
    }
    comments |= {
        "product_id": f'from {sample.view} "{matched["product_id"]}"',
        "product_name": f'from {sample.view} "{name}"',
        "sku": f'guess: {sample.view} "{matched["product_id"]}"',
        "list_price": "guess: the price on the last line",
    }
    return (
        f"-- {_title(table)} No file has them: these are the products that were sold.\n"
        f"{_select(table, expressions, comments)}\nfrom {identifier(sample.view)}\n"
        f"where {key} is not null\ngroup by {key}\n"
    )


def _title(table: Table) -> str:
    return {
        "customers": "One row per customer account.",
        "orders": "One row per order.",
        "order_items": "One row per order line.",
        "products": "One row per product.",
        "campaigns": "One row per campaign.",
        "refunds": "One row per refund.",
    }[table.name]
