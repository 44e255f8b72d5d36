"""A generated shop opened for SQL queries."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ecommerce_analytics.contract import load_contract
from ecommerce_analytics.generate import ShopSpec, generate_shop

ZONE = "America/New_York"


@dataclass(frozen=True)
class Shop:
    """One shop's folder, its spec, and a connection with its tables by name.

    The truth's tables are called `truth_customers`, `truth_campaigns` and `truth_products`.
    """

    spec: ShopSpec
    folder: Path
    connection: duckdb.DuckDBPyConnection

    @classmethod
    def generate(cls, spec: ShopSpec, folder: Path) -> "Shop":
        """Generate `spec` in `folder` and open it."""
        generate_shop(spec, folder)
        return cls.open(spec, folder)

    @classmethod
    def open(cls, spec: ShopSpec, folder: Path, *, kind: str = "view") -> "Shop":
        """Open the shop in `folder`; rows of tables, unlike those of views, can be changed."""
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        for table in load_contract().tables:
            connection.execute(
                f"create {kind} {table.name} as from '{folder / table.name}.parquet'"
            )
        for name in ("customers", "campaigns", "products"):
            connection.execute(
                f"create view truth_{name} as from '{folder / 'truth' / name}.parquet'"
            )
        connection.execute("create macro cents(money) as cast(money * 100 as bigint)")
        connection.execute(
            f"create macro local_time(instant) as timezone('{ZONE}', timezone('UTC', instant))"
        )
        connection.execute("""
            create view paid_line as
            select item.order_item_id, item.line_total, item.quantity,
                orders.discount_total - sum(item.discount) over of_order as coupon,
                sum(item.line_total) filter (not item.is_gift_card) over of_order as goods
            from order_items as item join orders using (order_id)
            window of_order as (partition by item.order_id)
        """)
        return cls(spec, folder, connection)

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        row = self.connection.execute(sql).fetchone()
        assert row is not None
        return row[0]

    def share(self, condition: str, table: str) -> float:
        """The share of the rows of `table` that meet `condition`."""
        return float(
            self.value(f"select coalesce(avg(cast({condition} as integer)), 0) from {table}")  # noqa: S608
        )
