"""Writes a synthetic shop, and every trap, as Fivetran's tables and as the contract's files.

The files have only what the tables carry, so that both must build the same marts: docs/own-data.md
has what is lost. The SQL here goes from the contract to Fivetran, the base models back.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from connectors.fivetran_traps import COMMON, FIRST_SYNC, SECOND_SYNC, TRAPS

PERSON_KEY: Final = "0123456789abcdef" * 2
SCHEMA: Final = "shopify"
_KEY: Final = "cast('0x' || md5(c.channel || ' ' || lower(c.campaign_name))[:15] as bigint)"
_MADE: Final = "-4 * ({}) - 4"

# The contract's rows, as far as Fivetran has their facts. Views of the shop's files have the names
# of the contract's tables with `_given` behind.
_CARRIED: Final = {
    "customers": """
        select * replace (
            cast(null as varchar) as acquisition_channel, false as is_test
        ) from customers_given""",
    "orders": f"""
        select o.* replace (
            {_KEY} as campaign_id, coalesce(o.prices_include_tax, false) as prices_include_tax
        )
        from orders_given as o left join campaigns_given as c using (campaign_id)""",  # noqa: S608
    # An order's own discount comes by line, as Shopify spreads it; here all on the first line.
    "order_items": """
        select i.* replace (
            i.discount + (case when i.line_number = first then rest else 0 end) as discount,
            i.line_total - (case when i.line_number = first then rest else 0 end) as line_total,
            p.unit_cost as unit_cost,
            case when i.is_gift_card then 'gift_card' else 'product' end as line_type,
            o.updated_at as updated_at,
            case when i.line_number = first then o.tax_total else 0 end as tax_amount
        )
        from order_items_given as i
        inner join orders_given as o using (order_id)
        left join products_given as p using (product_id)
        inner join (
            select
                order_id,
                arg_max(line_number, line_total) as first,
                any_value(discount_total) - sum(discount) as rest
            from order_items_given inner join orders_given using (order_id)
            group by order_id
        ) using (order_id)""",
    "products": "select * replace (cast(null as varchar) as subcategory) from products_given",
    "campaigns": f"""
        select
            {_KEY} as campaign_id,
            min(c.campaign_name) as campaign_name,
            min(c.channel) as channel,
            min(cast(timezone('America/New_York', timezone('UTC', o.ordered_at)) as date))
                as start_date,
            cast(null as date) as end_date,
            cast(null as decimal(18, 2)) as budget,
            max(o.ordered_at) as updated_at
        from orders_given as o inner join campaigns_given as c using (campaign_id)
        group by all""",  # noqa: S608
    "marketing_touchpoints": f"""
        select
            {_MADE.format("o.order_id")} as touchpoint_id,
            o.customer_id,
            cast(null as varchar) as anonymous_id,
            c.channel,
            {_KEY} as campaign_id,
            case when c.channel = 'email' then 'email' else 'click' end as touch_type,
            o.ordered_at as touched_at
        from orders_given as o inner join campaigns_given as c using (campaign_id)""",  # noqa: S608
    "refunds": f"""
        select * replace (cast(0 as decimal(18, 2)) as shipping_amount)
        from refunds_given where order_item_id is not null
        union all by name
        select * replace (
            {_MADE.format("2 * refund_id")} as refund_id,
            cast(0 as decimal(18, 3)) as quantity,
            cast(0 as decimal(18, 2)) as shipping_amount
        )
        from refunds_given where order_item_id is null and (goods_amount <> 0 or tax_amount <> 0)
        union all by name
        select * replace (
            {_MADE.format("2 * refund_id + 1")} as refund_id,
            cast(null as bigint) as order_item_id,
            cast(0 as decimal(18, 3)) as quantity,
            cast(0 as decimal(18, 2)) as goods_amount,
            cast(0 as decimal(18, 2)) as tax_amount
        )
        from refunds_given where shipping_amount <> 0""",  # noqa: S608
    "inventory_levels": """
        select * from inventory_levels_given
        qualify row_number() over (partition by product_id order by level_date desc) = 1""",
}

_LINES: Final = "carried.order_items"
_TIME: Final = "timezone('UTC', {})"
# Fivetran's tables, from the carried rows. Money is double and times have a zone, as there.
_RAW: Final = {
    "shop": "select 1 as id, 'USD' as currency, 'America/New_York' as iana_timezone",
    "customer": """
        select
            customer_id as id,
            email,
            split_part(customer_name, ' ', 1) as first_name,
            nullif(substr(customer_name, length(split_part(customer_name, ' ', 1)) + 2), '')
                as last_name,
            'disabled' as state,
            customer_id * 10 as default_address_id,
            case when accepts_marketing then 'subscribed' else 'not_subscribed' end
                as email_marketing_consent_state,
            timezone('UTC', signed_up_at) as created_at,
            timezone('UTC', updated_at) as updated_at
        from carried.customers""",
    "customer_address": """
        select
            customer_id * 10 as id,
            customer_id,
            country as country_code,
            state as province_code,
            city
        from carried.customers""",
    "customer_tag": """
        select customer_id, 1 as index, segment as value
        from carried.customers where segment is not null""",
    "product": """
        select
            product_id + 100000 as id,
            product_name as title,
            category as product_type,
            brand as vendor,
            case when is_active then 'active' else 'archived' end as status,
            timezone('UTC', created_at) as created_at,
            timezone('UTC', updated_at) as updated_at
        from carried.products""",
    "product_variant": """
        select
            product_id as id,
            product_id + 100000 as product_id,
            product_id + 200000 as inventory_item_id,
            'Default Title' as title,
            sku,
            cast(list_price as double) as price,
            timezone('UTC', created_at) as created_at,
            timezone('UTC', created_at) as updated_at
        from carried.products""",
    "inventory_item": """
        select product_id + 200000 as id, cast(unit_cost as double) as unit_cost_amount
        from carried.products""",
    # The stock is in two places; one was counted long before.
    "inventory_level": """
        select
            product_id * 10 + place as id,
            product_id + 200000 as inventory_item_id,
            place as location_id,
            timezone('UTC', level_date + interval 16 hours - interval (100 * place) day)
                as updated_at
        from carried.inventory_levels, unnest([0, 1]) as places (place)""",
    "inventory_quantity": """
        select
            (product_id * 10 + place) * 10 + kind as id,
            product_id * 10 + place as inventory_level_id,
            ['available', 'reserved'][kind] as name,
            cast(case
                when kind = 2 then 7
                when place = 0 then on_hand - floor(on_hand / 2)
                else floor(on_hand / 2)
            end as bigint) as quantity,
            timezone('UTC', level_date + interval 16 hours - interval (100 * place) day)
                as updated_at
        from carried.inventory_levels,
            unnest([0, 1]) as places (place), unnest([1, 2]) as kinds (kind)""",
    "order": """
        select
            order_id as id,
            customer_id,
            email,
            timezone('UTC', ordered_at + interval 3 second) as created_at,
            timezone('UTC', ordered_at) as processed_at,
            timezone('UTC', updated_at) as updated_at,
            timezone('UTC', cancelled_at) as cancelled_at,
            case order_status
                when 'returned' then 'refunded' when 'pending' then 'pending' else 'paid'
            end as financial_status,
            case when shipped_at is not null then 'fulfilled' end as fulfillment_status,
            cast(discount_total as double) as total_discounts,
            cast(tax_total as double) as total_tax,
            cast(order_total as double) as total_price,
            cast(0 as double) as total_tip_received,
            false as taxes_included,
            is_test as test,
            currency,
            'CAD' as presentment_currency
        from carried.orders""",
    "order_line": f"""
        select
            order_item_id as id,
            order_id,
            line_number as index,
            product_id as variant_id,
            'Thing' as title,
            'Thing' as name,
            'sku' as sku,
            cast(quantity as bigint) as quantity,
            cast(unit_price as double) as price,
            cast(0 as double) as total_discount,
            is_gift_card as gift_card,
            not is_gift_card as requires_shipping
        from {_LINES}""",  # noqa: S608
    "discount_allocation": f"""
        select order_item_id as order_line_id, 0 as index, cast(discount as double) as amount
        from {_LINES} where discount <> 0""",  # noqa: S608
    "tax_line": f"""
        select order_item_id as order_line_id, 0 as index, cast(tax_amount as double) as price
        from {_LINES} where tax_amount <> 0""",  # noqa: S608
    "order_shipping_line": """
        select
            order_id as id,
            order_id,
            cast(shipping_total as double) as price,
            cast(shipping_total as double) as discounted_price
        from carried.orders where shipping_total <> 0""",
    "order_url_tag": """
        select
            order_id,
            key,
            case key when 'utm_campaign' then campaign_name when 'utm_medium' then channel
                else 'a source' end as value
        from carried.orders inner join carried.campaigns using (campaign_id),
            unnest(['utm_source', 'utm_medium', 'utm_campaign']) as tags (key)""",
    "customer_visit": """
        select
            cast(null as bigint) as id,
            cast(null as bigint) as order_id,
            cast(null as timestamptz) as occurred_at
        where false""",
    "fulfillment": """
        select
            order_id as id, order_id, 'success' as status, timezone('UTC', shipped_at) as created_at
        from carried.orders where shipped_at is not null""",
    "fulfillment_event": """
        select
            order_id as id,
            order_id as fulfillment_id,
            'delivered' as status,
            timezone('UTC', delivered_at) as happened_at
        from carried.orders where delivered_at is not null""",
    "refund": """
        select
            refund_id as id,
            order_id,
            timezone('UTC', refunded_at) as created_at,
            timezone('UTC', refunded_at) as processed_at
        from refunds_given""",
    "order_line_refund": """
        select
            refund_id as id,
            refund_id,
            order_item_id as order_line_id,
            cast(quantity as bigint) as quantity,
            cast(goods_amount as double) as subtotal,
            cast(tax_amount as double) as total_tax,
            'return' as restock_type
        from refunds_given where order_item_id is not null""",
    "order_adjustment": """
        select
            2 * refund_id as id,
            order_id,
            refund_id,
            'refund_discrepancy' as kind,
            'Refund discrepancy' as reason,
            cast(-goods_amount as double) as amount,
            cast(-tax_amount as double) as tax_amount
        from refunds_given where order_item_id is null and (goods_amount <> 0 or tax_amount <> 0)
        union all
        select
            2 * refund_id + 1,
            order_id,
            refund_id,
            'shipping_refund',
            'Shipping refund',
            cast(-shipping_amount as double),
            cast(0 as double)
        from refunds_given where shipping_amount <> 0""",
    "transaction": """
        select
            order_id as id,
            order_id,
            cast(null as bigint) as refund_id,
            'void' as kind,
            'success' as status,
            cast(null as varchar) as gateway,
            cast(order_total as double) as amount
        from carried.orders""",
}
# Columns that Fivetran has only where a row was ever deleted.
_WITH_DELETIONS: Final = frozenset(
    {"customer", "order", "order_line", "order_line_refund", "product"}
)

# What was different at the first sync. The last orders had not been placed.
LAST_ORDERS: Final = "(select id from shopify.order where id < 9000 order by id desc limit 3)"
_REFUNDED: Final = "(select id from shopify.refund where id < 9000 order by id desc limit 2)"
_SENT: Final = (
    "(select order_id from shopify.fulfillment where order_id < 9000 order by order_id limit 2)"
)
_BACK: Final = (
    "drop table shopify.customer_visit",
    f"delete from shopify.order_line where order_id in {LAST_ORDERS}",  # noqa: S608
    *(
        f"delete from shopify.{table} where order_id in {LAST_ORDERS}"  # noqa: S608
        for table in (
            "order_url_tag",
            "transaction",
            "order_shipping_line",
            "fulfillment",
            "refund",
        )
    ),
    f"delete from shopify.order_line_refund where refund_id in {_REFUNDED}",  # noqa: S608
    f"delete from shopify.order_adjustment where refund_id in {_REFUNDED}",  # noqa: S608
    "update shopify.order set financial_status = 'paid' where id in "  # noqa: S608
    f"(select order_id from shopify.refund where id in {_REFUNDED})",
    f"delete from shopify.refund where id in {_REFUNDED}",  # noqa: S608
    f"update shopify.order set fulfillment_status = null where id in {_SENT}",  # noqa: S608
    f"delete from shopify.fulfillment_event where fulfillment_id in {_SENT}",  # noqa: S608
    f"delete from shopify.fulfillment where order_id in {_SENT}",  # noqa: S608
    f"delete from shopify.order where id in {LAST_ORDERS}",  # noqa: S608
    *(
        f"update shopify.{table} set _fivetran_deleted = false where id in (9023, 9104, 90241, 90242)"  # noqa: E501, S608
        for table in ("order", "customer", "order_line", "order_line_refund")
    ),
)


def write(shop: Path, directory: Path) -> tuple[Path, Path, Path]:
    """Write a generated shop and the traps.

    Returns:
        The contract's files, Fivetran's tables in a DuckDB file, and these tables at the first
        sync, before orders, refunds, parcels and deletions came.
    """
    files, raw, first = directory / "carried", directory / "raw.duckdb", directory / "first.duckdb"
    files.mkdir(parents=True)
    with duckdb.connect(str(raw)) as db:
        db.execute("set timezone = 'UTC'; create schema shopify; create schema raw_data")
        db.execute("attach ':memory:' as memory_; create schema memory_.carried")
        db.execute("create table raw_data.person_key as select $1 as secret", [PERSON_KEY])
        for path in shop.glob("*.parquet"):
            db.execute(f"create temporary view {path.stem}_given as from read_parquet('{path}')")
        _write_carried(db, files)
        for table, query in _RAW.items():
            deleted = ", false as _fivetran_deleted" if table in _WITH_DELETIONS else ""
            db.execute(
                f'create table shopify."{table}" as select *{deleted}, cast(timestamptz '  # noqa: S608
                f"'{FIRST_SYNC}+00' as timestamptz) as _fivetran_synced "
                f"from ({query.replace('carried.', 'memory_.carried.')})"
            )
        for trap in (COMMON, *TRAPS):
            for table, rows in trap.raw.items():
                _insert(db, f'shopify."{table}"', rows, "timestamptz")
        db.execute("detach memory_")
    _write_first(raw, first)
    return files, raw, first


def _write_carried(db: duckdb.DuckDBPyConnection, files: Path) -> None:
    """The contract's files, with the traps' own rows."""
    for table, query in _CARRIED.items():
        db.execute(f"create table memory_.carried.{table} as {query}")
    contract: dict[str, list[dict[str, Any]]] = {}
    for trap in (COMMON, *TRAPS):
        for name, rows in trap.contract.items():
            contract.setdefault(name, []).extend(rows)
    for table in _CARRIED:
        db.execute(f"create temporary table {table}_all as from memory_.carried.{table}")
        _insert(db, f"{table}_all", contract.get(table, []), "timestamp")
        db.execute(f"copy {table}_all to '{files / table}.parquet' (format parquet)")


def _insert(
    db: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]], times: str
) -> None:
    """Insert rows by name; a row without a sync time is of the first sync."""
    for row in rows:
        given = dict(row)
        if times == "timestamptz":
            given.setdefault("_fivetran_synced", FIRST_SYNC)
        names = ", ".join(f'"{name}"' for name in given)
        known = {name for name, *_ in db.execute(f"describe {table}").fetchall()}
        for name in given.keys() - known:
            kind = {bool: "boolean", str: "varchar"}.get(type(given[name]), "bigint")
            db.execute(f'alter table {table} add column "{name}" {kind}')
        marks = ", ".join("?" for _ in given)
        db.execute(f"insert into {table} ({names}) values ({marks})", list(given.values()))  # noqa: S608


def _write_first(raw: Path, first: Path) -> None:
    """The tables at the first sync; what has changed since has the second's time in `raw`."""
    first.write_bytes(raw.read_bytes())
    with duckdb.connect(str(first)) as db:
        db.execute("set timezone = 'UTC'")
        for statement in _BACK:
            db.execute(statement)
    with duckdb.connect(str(raw)) as db:
        db.execute(f"set timezone = 'UTC'; attach '{first}' as first (read_only)")
        for (table,) in db.execute(
            "select table_name from duckdb_tables() where schema_name = 'shopify' "
            "and database_name = 'first'"
        ).fetchall():
            db.execute(
                f'update shopify."{table}" as new set _fivetran_synced = '  # noqa: S608
                f"timestamptz '{SECOND_SYNC}+00' where not exists "
                f'(select 1 from first.shopify."{table}" as old where old = new)'
            )


def replace_raw(warehouse: Path, raw: Path) -> None:
    """Put Fivetran's tables, and the key of the person ids, into a DuckDB warehouse."""
    with duckdb.connect(str(warehouse)) as db:
        db.execute(f"attach '{raw}' as raw (read_only)")
        for schema, table in tables_of(db, "raw"):
            db.execute(f"create schema if not exists {schema}")
            db.execute(f'create or replace table {schema}."{table}" as from raw.{schema}."{table}"')


def tables_of(db: duckdb.DuckDBPyConnection, database: str) -> Sequence[tuple[str, str]]:
    """The schemas and names of a database's tables."""
    return db.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = $1 order by all",
        [database],
    ).fetchall()
