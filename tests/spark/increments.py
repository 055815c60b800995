"""A silver table that a test writes itself, and a gold table of one row a day that is made from it, month by month."""

from pyspark.sql import Row

from medallion.manifest.model import Column, Follows, GoldTable, Rule
from tests.spark.lake import ORDERS, Lake

DAILY = GoldTable(
    product="shop",
    name="revenue",
    contract="contracts/shop/gold/revenue.yaml",
    version="2.0.0",
    columns=(
        Column(name="day", type="date"),
        Column(name="orders", type="bigint", required=True),
        Column(name="revenue", type="decimal(20,2)"),
    ),
    inputs=("orders",),
    sql="SELECT to_date(updated_at) AS day, count(*) AS orders, sum(total) AS revenue FROM orders GROUP BY to_date(updated_at)",
    follows=(Follows(column="day", transform="months", input="orders", expression="TO_DATE(updated_at)"),),
    partition=("months(day)",),
    key=("day",),
    rules=(Rule(name="revenue.maximum", expression="revenue < 1000000", columns=("revenue",)),),
)


class Shop:
    """A lake whose silver table the test writes itself, as merges and maintenance do, and whose gold is made by the step."""

    def __init__(self, lake: Lake, gold: GoldTable = DAILY, orders_partition: tuple[str, ...] = ORDERS.partition) -> None:
        self.lake, self.spark = lake, lake.spark
        self.orders, self.gold = lake.table("silver", "orders"), lake.table("gold", "revenue")
        for table in (self.orders, self.gold):
            self.spark.sql(f"DROP TABLE {table.identifier} PURGE")
        lake.with_tables(gold, ORDERS.model_copy(update={"partition": orders_partition}))
        assert [outcome.error for outcome in lake.apply().values() if outcome.error] == []

    def insert(self, *orders: tuple[int, int, str]) -> None:
        rows = ", ".join(f"({id}, 1, {total}, timestamp'{at}', 'r', timestamp'2026-01-01')" for id, total, at in orders)
        self.spark.sql(f"INSERT INTO {self.orders.identifier} VALUES {rows}")

    def change(self, statement: str) -> None:
        """An UPDATE or a DELETE, which names the table `orders`."""
        self.spark.sql(statement.replace("orders", self.orders.identifier, 1))

    def compact(self, where: str = "true") -> None:
        self.spark.sql(
            f"CALL glue_catalog.system.rewrite_data_files(table => '{self.orders.full_name}', where => \"{where}\","
            " options => map('rewrite-all', 'true'))"
        )

    def expire(self) -> None:
        self.spark.sql(
            f"CALL glue_catalog.system.expire_snapshots(table => '{self.orders.full_name}', retain_last => 1,"
            " older_than => timestamp'2100-01-01')"
        )

    def aggregate(self) -> int | None:
        """Rows that the step wrote; None if it wrote nothing."""
        outcome = self.lake.aggregate()["gold.revenue"]
        assert outcome.error is None, outcome.error
        return outcome.rows.get("merged")

    def made(self) -> list[Row]:
        return self.lake.rows("gold", "revenue")

    def full(self) -> list[Row]:
        """What the table would be if it were made now as a whole."""
        return self.spark.sql(f"{DAILY.sql.replace('FROM orders', f'FROM {self.orders.identifier}')} ORDER BY 1").collect()

    def files(self) -> dict[str, str]:
        """The gold table's files by month."""
        found = self.spark.sql(f"SELECT date_format(day, 'yyyy-MM') AS month, _file FROM {self.gold.identifier}").collect()
        return {row.month: row._file for row in found}
