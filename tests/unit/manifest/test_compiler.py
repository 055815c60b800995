"""Contracts become a manifest, or every mistake in them is told with its place and a hint."""

from collections.abc import Callable
from typing import Any

import pytest

from medallion.manifest.model import Column, Reference, Rule
from tests.unit.manifest.contracts_on_disk import Lake, column, contract, custom


def test_a_source_table_is_taken_as_the_source_has_it(lake: Lake) -> None:
    lake.table("bronze/orders")["physicalName"] = "tbl_orders"
    (orders,) = lake.compile().product("shop").bronze
    assert (orders.name, orders.source, orders.object) == ("shop__orders", "shop", "tbl_orders")
    assert (orders.mode, orders.watermark, orders.overlap_seconds, orders.key) == ("incremental", "changed_at", 3600, ("id",))
    assert [(made.name, made.type, made.required) for made in orders.columns] == [
        ("id", "bigint", True),
        ("customer", "string", False),
        ("total", "decimal(12,2)", False),
        ("changed_at", "timestamp", True),
    ]
    assert orders.contract == "contracts/shop/bronze/orders.yaml"


def test_a_snapshot_needs_neither_watermark_nor_key(lake: Lake) -> None:
    lake.table("bronze/orders")["customProperties"] = custom(ingestion="snapshot")
    del lake.column("bronze/orders", "id")["primaryKey"]
    (orders,) = lake.compile().product("shop").bronze
    assert (orders.mode, orders.watermark, orders.key) == ("snapshot", None, ())


def test_a_silver_column_comes_from_its_namesake_another_column_or_an_expression(lake: Lake) -> None:
    lake.column("silver/orders", "customer") | {"name": "customer"}
    lake.column("silver/orders", "total").update(name="value", transformSourceObjects=["orders.total"])
    lake.table("silver/orders")["properties"].append(column("day", logicalType="date", transformLogic="to_date(changed_at)"))
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, sum(value) AS total FROM orders GROUP BY customer"
    (orders,) = lake.compile().product("shop").silver
    assert {made.name: made.expression for made in orders.columns} == {
        "id": "`id`",
        "customer": "`customer`",
        "value": "`total`",
        "changed_at": "`changed_at`",
        "day": "to_date(changed_at)",
    }
    assert (orders.input, orders.sequence, orders.key) == ("shop__orders", ("changed_at",), ("id",))
    assert orders.column("id").required, "a primary key is never null"


def test_a_column_that_says_nothing_of_who_may_see_it_is_restricted(lake: Lake) -> None:
    lake.column("silver/orders", "customer")["classification"] = "confidential"
    (orders,) = lake.compile().product("shop").silver
    assert orders.column("customer").classification == "confidential"
    assert orders.column("total").classification == "restricted"


def test_a_composite_key_has_the_order_of_its_positions(lake: Lake) -> None:
    lake.column("silver/orders", "id")["primaryKeyPosition"] = 2
    lake.column("silver/orders", "customer").update(primaryKey=True, primaryKeyPosition=1)
    (orders,) = lake.compile().product("shop").silver
    assert orders.key == ("customer", "id")


def test_partitions_have_the_order_of_their_positions(lake: Lake) -> None:
    lake.column("silver/orders", "id").update(
        partitioned=True, partitionKeyPosition=2, customProperties=custom(partitionTransform="bucket(16)")
    )
    lake.column("silver/orders", "changed_at").update(
        partitioned=True, partitionKeyPosition=1, customProperties=custom(partitionTransform="months")
    )
    lake.column("silver/orders", "customer").update(partitioned=True, partitionKeyPosition=3)
    (orders,) = lake.compile().product("shop").silver
    assert orders.partition == ("months(changed_at)", "bucket(16, id)", "customer")


def test_gold_has_its_sql_and_the_tables_that_it_reads(lake: Lake) -> None:
    lake.files["shop/gold/turnover.sql"] = "WITH o AS (SELECT * FROM Orders)\nSELECT sum(total) AS total, customer FROM o GROUP BY ALL;\n"
    (turnover,) = lake.compile().product("shop").gold
    assert turnover.inputs == ("orders",)
    assert turnover.sql == "WITH o AS (SELECT * FROM Orders)\nSELECT sum(total) AS total, customer FROM o GROUP BY ALL"


def test_tables_come_after_those_that_they_need(lake: Lake) -> None:
    lake.documents["bronze/customers"] = contract(
        "customers", column("id", physicalType="uuid", primaryKey=True), server="shop", customProperties=custom(ingestion="snapshot")
    )
    lake.documents["silver/zz_customers"] = contract(
        "zz_customers", column("id", logicalType="string", primaryKey=True, transformSourceObjects=["shop__customers.id"])
    )
    lake.column("silver/orders", "customer")["relationships"] = [{"to": "zz_customers.id"}]
    lake.documents["gold/a_few"] = contract("a_few", column("n", logicalType="integer"))
    lake.files["shop/gold/a_few.sql"] = "SELECT count(*) AS n FROM turnover"
    product = lake.compile().product("shop")
    assert [table.name for table in product.tables] == ["shop__customers", "shop__orders", "zz_customers", "orders", "turnover", "a_few"]
    assert product.silver[1].references == (Reference(columns=("customer",), table="zz_customers", to=("id",)),)


def test_a_composite_reference_pairs_its_columns(lake: Lake) -> None:
    lake.column("silver/orders", "customer").update(primaryKey=True)
    lake.documents["silver/lines"] = contract(
        "lines",
        column("nr", logicalType="integer", primaryKey=True, transformSourceObjects=["orders.id"]),
        column("who", logicalType="string", transformSourceObjects=["orders.customer"]),
        relationships=[{"from": ["lines.who", "lines.nr"], "to": ["orders.customer", "orders.id"]}],
    )
    lines = lake.compile().product("shop").silver[1]
    assert lines.references == (Reference(columns=("who", "nr"), table="orders", to=("customer", "id")),)


def test_a_table_for_people_is_no_rule(lake: Lake) -> None:
    lake.table("silver/orders")["quality"] = [{"type": "text", "description": "Looks plausible."}]
    assert lake.compile().product("shop").silver[0].rules == ()


def test_the_schedule_and_owner_are_those_of_product_yaml(lake: Lake) -> None:
    assert lake.compile().product("shop").schedule is None
    lake.files["shop/product.yaml"] = "schedule: '@daily'\nowner: shop@acme.example\n"
    product = lake.compile().product("shop")
    assert (product.schedule, product.owner) == ("@daily", "shop@acme.example")


def test_another_tools_custom_property_is_left_alone(lake: Lake) -> None:
    lake.table("silver/orders")["customProperties"].append({"property": "colour", "value": 1, "vendor": "atlan"})
    assert lake.compile().product("shop").silver


def at(path: str, **fields: Any) -> Callable[[Lake], None]:
    """A change of a contract's table, or of one column: `silver/orders#id`."""
    contract_, _, name = path.partition("#")

    def change(lake: Lake) -> None:
        (lake.column(contract_, name) if name else lake.table(contract_)).update(fields)

    return change


def top(path: str, **fields: Any) -> Callable[[Lake], None]:
    return lambda lake: lake.documents[path].update(fields)


def sql(text: str) -> Callable[[Lake], None]:
    return lambda lake: lake.files.update({"shop/gold/turnover.sql": text})


def file(path: str, text: str = "") -> Callable[[Lake], None]:
    return lambda lake: lake.files.update({path: text})


SILVER, BRONZE, GOLD = (f"contracts/shop/{path}.yaml: schema[0]" for path in ("silver/orders", "bronze/orders", "gold/turnover"))
GOLD_SQL = "contracts/shop/gold/turnover.sql: "

MISTAKES: dict[str, tuple[Callable[[Lake], None], str]] = {
    "a misspelled field of a column": (
        at("silver/orders#id", requird=True),
        f"{SILVER}.properties[0].requird: is not a field here; valid ones are",
    ),
    "a misspelled field at the top": (
        top("silver/orders", verison="2"),
        "silver/orders.yaml: verison: is not a field here; valid ones are api",
    ),
    "a field of the wrong type": (
        top("silver/orders", version=1.0),
        "silver/orders.yaml: version: 1.0: must be text; put it in quotes, such as '1.0'",
    ),
    "another version of the standard": (
        top("silver/orders", apiVersion="v2.2.2"),
        "apiVersion: 'v2.2.2' must be a version 3 of the standard",
    ),
    "another kind": (top("silver/orders", kind="DataProduct"), "kind: 'DataProduct' must be 'DataContract'"),
    "no status": (top("silver/orders", status=None), "status: is missing; the standard requires it"),
    "a name that is not the file's": (at("silver/orders", name="order"), f"{SILVER}.name: 'order' must be the file's name, 'orders'"),
    "two tables": (top("gold/turnover", schema=[{"name": "a"}, {"name": "b"}]), "schema: must describe exactly one table, and describes 2"),
    "no columns": (at("gold/turnover", properties=[]), f"{GOLD}.properties: is missing; it lists the columns"),
    "an unknown logical type": (
        at("silver/orders#id", logicalType="strng"),
        f"{SILVER}.properties[0].logicalType: 'strng' is not one of array, boolean, date, integer, map, number, object, string, time, timestamp; did you mean 'string'?",
    ),
    "a number of unknown exactness": (
        at("silver/orders#total", physicalType=None),
        f"{SILVER}.properties[2].physicalType: is missing; a number says",
    ),
    "an unknown logical type at the source": (
        at("bronze/orders#total", logicalType="numbr"),
        f"{BRONZE}.properties[2].logicalType: 'numbr' is not",
    ),
    "an unknown physical type": (
        at("bronze/orders#customer", physicalType="uid"),
        f"{BRONZE}.properties[1].physicalType: 'uid' is not one of",
    ),
    "a decimal that Spark lacks": (
        at("bronze/orders#total", physicalType="numeric(50,2)"),
        "'numeric(50,2)' does not fit a decimal of at most 38",
    ),
    "an unknown classification": (
        at("gold/turnover#total", classification="secret"),
        f"{GOLD}.properties[1].classification: 'secret' is not one of confidential, internal, public, restricted",
    ),
    "an unknown custom property": (
        at("bronze/orders", customProperties=custom(ingestion="snapshot", watermrk="x")),
        f"{BRONZE}.customProperties[1].property: 'watermrk' is not one of documents, ingestion, instruction, irrelevant, overlapSeconds, watermark; did you mean 'watermark'?",
    ),
    "a custom property of another layer": (
        at("gold/turnover", customProperties=custom(sequence=["total"])),
        f"{GOLD}.customProperties[0].property: 'sequence' is not one of inputs, refresh",
    ),
    "an unknown way to read": (
        at("bronze/orders", customProperties=custom(ingestion="snapshott")),
        f"{BRONZE}.customProperties[0].value: 'snapshott' is not one of documents, export, extraction, incremental, snapshot; did you mean 'snapshot'?",
    ),
    "no way to read": (at("bronze/orders", customProperties=[]), f"{BRONZE}.customProperties: has no property 'ingestion'; it is one of"),
    "no watermark": (
        at("bronze/orders", customProperties=custom(ingestion="incremental")),
        f"{BRONZE}.customProperties: has no property 'watermark'; an incremental read needs the column that grows",
    ),
    "a watermark that is no column": (
        at("bronze/orders", customProperties=custom(ingestion="incremental", watermark="changed")),
        f"{BRONZE}.customProperties[1].value: 'changed' is not one of changed_at, customer, id, total; did you mean 'changed_at'?",
    ),
    "a watermark that does not grow": (
        at("bronze/orders", customProperties=custom(ingestion="incremental", watermark="customer")),
        "customer is string; a watermark is one of timestamp",
    ),
    "a watermark that may be null": (
        at("bronze/orders#changed_at", required=False),
        "changed_at may be null, and such a row would never be read",
    ),
    "a watermark of a snapshot": (
        at("bronze/orders", customProperties=custom(ingestion="snapshot", watermark="changed_at")),
        "watermark is of an incremental read",
    ),
    "an overlap that is no time": (
        at("bronze/orders", customProperties=custom(ingestion="incremental", watermark="changed_at", overlapSeconds=-1)),
        "-1 must be a whole number of seconds, 0 or more",
    ),
    "an incremental read without a key": (
        at("bronze/orders#id", primaryKey=False),
        "an incremental read needs it to know the rows that it saw",
    ),
    "no server": (top("bronze/orders", servers=[]), "bronze/orders.yaml: servers: must name exactly one logical source, and names 0"),
    "a host in a contract": (
        top("bronze/orders", servers=[{"server": "shop", "type": "postgres", "host": "db.acme.example"}]),
        "servers[0].host: differs between environments",
    ),
    "a rule in bronze": (at("bronze/orders#id", enum=[{"value": 1}]), f"{BRONZE}.properties[0].enum: has no effect in bronze"),
    "silver without a key": (at("silver/orders#id", primaryKey=False), f"{SILVER}.properties: no column has primaryKey: true"),
    "half a composite key's positions": (
        lambda lake: (at("silver/orders#id", primaryKeyPosition=1)(lake), at("silver/orders#customer", primaryKey=True)(lake))[0],
        "every column of the key needs a position of its own",
    ),
    "a dangling input": (
        at("silver/orders#id", transformSourceObjects=["ordrs.id"]),
        f"{SILVER}.properties[0].transformSourceObjects[0]: there is no bronze table 'ordrs'; there are shop__orders; did you mean 'orders'?",
    ),
    "a dangling input's column": (
        at("silver/orders#id", transformSourceObjects=["orders.nr"]),
        f"{SILVER}.properties[0].transformSourceObjects[0]: 'nr' is not one of",
    ),
    "a column without a source": (
        at("silver/orders#customer", name="customr"),
        (
            f"{SILVER}.properties[1]: shop__orders has no column 'customr', and there is no transformLogic; it has id, customer, total, changed_at; "
            "did you mean transformSourceObjects: [shop__orders.customer]?"
        ),
    ),
    "logic that does not parse": (
        at("silver/orders#id", transformLogic="coalesce(id,"),
        f"{SILVER}.properties[0].transformLogic: does not parse: line 1, column 12: ",
    ),
    "logic with a column that is not there": (
        at("silver/orders#total", transformLogic="totl * 2"),
        f"{SILVER}.properties[2].transformLogic: there is no column 'totl' in shop__orders; it has id, customer, total, changed_at",
    ),
    "logic over many rows": (
        at("silver/orders#total", transformLogic="sum(total)"),
        "transformLogic: 'SUM(total)' is an aggregate function",
    ),
    "logic with a window": (at("silver/orders#total", transformLogic="row_number() over (order by id)"), "is a window function"),
    "logic that makes rows": (at("silver/orders#total", transformLogic="explode(array(1))"), "is a function that makes rows"),
    "logic with a query": (at("silver/orders#total", transformLogic="(select 1)"), "is a query"),
    "logic with a comment": (
        at("silver/orders#total", transformLogic="total -- twice"),
        "holds a comment; write it into transformDescription",
    ),
    "logic with a setting": (
        at("silver/orders#total", transformLogic="total * ${x}"),
        "transformLogic: holds ${, for which Spark puts in a setting",
    ),
    "SQL with a setting": (sql("SELECT customer, '${x}' AS total FROM orders"), "in a text write \\u0024{ instead"),
    "a share that is none": (
        at("silver/orders", customProperties=custom(maximumDeletedShare=50)),
        f"{SILVER}.customProperties[0].value: 50 must be a number from 0 to 1, such as 0.2",
    ),
    "a sequence of no column": (
        at("silver/orders", customProperties=custom(sequence=["changed"])),
        f"{SILVER}.customProperties[0].value[0]: 'changed' is not one of",
    ),
    "a sequence that is no list": (
        at("silver/orders", customProperties=custom(sequence="changed_at")),
        "must be a list of columns, such as",
    ),
    "a dangling relationship": (
        at("silver/orders#customer", relationships=[{"to": "order.id"}]),
        f"{SILVER}.properties[1].relationships[0].to: 'order' is not one of orders; did you mean 'orders'?",
    ),
    "a relationship to no table and column": (
        at("silver/orders#customer", relationships=[{"to": "orders"}]),
        "relationships[0].to: 'orders' must be TABLE.COLUMN of a silver table",
    ),
    "a relationship to itself": (at("silver/orders#customer", relationships=[{"to": "orders.id"}]), "to: refers to its own table"),
    "an unknown partition transform": (
        at("silver/orders#changed_at", partitioned=True, customProperties=custom(partitionTransform="month")),
        f"{SILVER}.properties[3].customProperties[0].value: 'month' is not one of bucket(N), days, identity, months, years; did you mean 'months'?",
    ),
    "months of a number": (
        at("silver/orders#id", partitioned=True, customProperties=custom(partitionTransform="months")),
        "'months' needs a date or timestamp or timestamp_ntz, and id is bigint",
    ),
    "a transform without partition": (
        at("silver/orders#changed_at", customProperties=custom(partitionTransform="months")),
        "needs partitioned: true on the column",
    ),
    "a technical name": (at("silver/orders#customer", name="_run_id"), "'_run_id': names that begin with an underscore are reserved"),
    "a technical name at the source": (
        at("bronze/orders#customer", name="_run_id"),
        "'_run_id' is reserved: the lake keeps it for a column of its own; leave",
    ),
    "a name that a job uses meanwhile": (
        at("bronze/orders#customer", name="_lake_newest"),
        "'_lake_newest' is reserved: the lake keeps it",
    ),
    "a name of Iceberg's": (at("bronze/orders#customer", name="_File"), "'_File' is reserved: Iceberg keeps it for a column of its own"),
    "a name in capitals": (at("gold/turnover#total", name="Total"), "'Total': a column has lower-case letters, digits and underscores"),
    "one name twice": (at("bronze/orders#customer", name="ID"), "'ID' names more than one column (upper and lower case are the same)"),
    "gold logic in the contract": (
        at("gold/turnover#total", transformLogic="1"),
        "has no effect in gold, whose columns turnover.sql makes",
    ),
    "SQL that does not parse": (sql("SELECT customer,\n sum(total AS total\nFROM orders"), f"{GOLD_SQL}does not parse: line 2, column "),
    "SQL that is no query": (sql("DROP TABLE orders"), f"{GOLD_SQL}must be one SELECT"),
    "two statements": (sql("SELECT 1; SELECT 2"), f"{GOLD_SQL}must be one SELECT"),
    "SQL with a table that is not there": (
        sql("SELECT customer, total FROM order"),
        f"{GOLD_SQL}there is no table 'order' in silver and gold; it has orders; did you mean 'orders'?",
    ),
    "SQL with a database": (
        sql("SELECT customer, total FROM local_silver.orders"),
        f"{GOLD_SQL}'local_silver.orders': name the table alone",
    ),
    "SQL with a column that is not there": (
        sql("SELECT customer, sum(totl) AS total FROM orders GROUP BY customer"),
        f"{GOLD_SQL}there is no column 'totl' in orders; it has id, customer, total, changed_at, _run_id, _ingested_at; did you mean 'total'?",
    ),
    "SQL with a column that is not there, by alias": (
        sql("SELECT o.customer, sum(o.totl) AS total FROM orders AS o GROUP BY o.customer"),
        f"{GOLD_SQL}there is no column 'totl' in orders (as o); it has id,",
    ),
    "SQL with a column that is not in a subquery": (
        sql("SELECT customer, total FROM (SELECT customer FROM orders) AS o"),
        f"{GOLD_SQL}there is no column 'total' in o; it has customer",
    ),
    "SQL with a wrong alias": (
        sql("SELECT orders.customer, orders.total FROM orders AS o"),
        f"{GOLD_SQL}there is no table 'orders' in this SELECT; it has o",
    ),
    "SQL that makes too little": (
        sql("SELECT customer FROM orders"),
        f"{GOLD_SQL}makes no column 'total', which contracts/shop/gold/turnover.yaml",
    ),
    "SQL that makes too much": (
        sql("SELECT customer, total, id FROM orders"),
        f"{GOLD_SQL}makes a column 'id' that contracts/shop/gold/turnover",
    ),
    "SQL that makes another name": (
        sql("SELECT customer, total AS totals FROM orders"),
        "makes no column 'total', which contracts/shop/gold/turnover.yaml promises; is it 'totals'?",
    ),
    "SQL that makes a column twice": (
        sql("SELECT customer, total, id AS total FROM orders"),
        f"{GOLD_SQL}makes the column 'total' more than once",
    ),
    "gold that reads itself": (sql("SELECT customer, total FROM turnover"), f"{GOLD_SQL}there is no table 'turnover'"),
    "SQL without a contract": (file("shop/gold/lonely.sql", "SELECT 1"), "gold/lonely.sql: has no contract beside it; write lonely.yaml"),
    "a contract with another ending": (file("shop/silver/more.yml"), "silver/more.yml: is not read; call it more.yaml"),
    "a misspelled layer": (
        file("shop/sliver/x.yaml"),
        "contracts/shop/sliver: 'sliver' is not one of bronze, gold, silver; did you mean 'silver'?",
    ),
    "a file without a place": (file("shop/notes.txt"), "contracts/shop/notes.txt: has no place here"),
    "a name with two underscores": (
        lambda lake: lake.documents.update({"gold/a__b": contract("a__b", column("n", logicalType="integer"))}),
        "gold/a__b.yaml: 'a__b': a table's name has lower-case letters, digits and single underscores",
    ),
    "a schedule that is none": (
        file("shop/product.yaml", "schedule: hourly"),
        "product.yaml: schedule: 'hourly' is no cron expression: five",
    ),
    "an unknown field of a product": (
        file("shop/product.yaml", "schedul: '@daily'"),
        "product.yaml: schedul: is not a field here; valid ones are deadline_minutes, owner, retries, schedule, timeout_minutes; did",
    ),
    "no YAML": (file("shop/silver/broken.yaml", "a: ["), "silver/broken.yaml: line 1, column 5: "),
}


@pytest.mark.parametrize(("change", "problem"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_place(lake: Lake, change: Callable[[Lake], None], problem: str) -> None:
    change(lake)
    found = lake.problems()
    assert any(problem in line for line in found), found


def test_gold_without_sql_is_told_where_it_belongs(lake: Lake) -> None:
    lake.files.clear()
    told = "is missing; it holds the SELECT that makes the table, or turnover.py its transform(inputs)"
    assert lake.problems() == [f"contracts/shop/gold/turnover.sql: {told}"]


def test_relationships_in_a_circle_are_told_as_one(lake: Lake) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        lake.documents[f"silver/{name}"] = contract(
            name,
            column(
                "id", logicalType="integer", primaryKey=True, transformSourceObjects=["orders.id"], relationships=[{"to": f"{other}.id"}]
            ),
        )
    (problem,) = lake.problems()
    assert problem.endswith("tables need each other by their relationships, so none can be made first: a → b → c → a")


def test_a_reference_must_be_to_the_primary_key(lake: Lake) -> None:
    lake.documents["silver/lines"] = contract(
        "lines",
        column("id", logicalType="integer", primaryKey=True, transformSourceObjects=["orders.id"], relationships=[{"to": "orders.total"}]),
    )
    (problem,) = lake.problems()
    assert problem.endswith("to: total is not the primary key of orders, which is id")


def test_one_name_for_two_tables_is_refused(lake: Lake) -> None:
    lake.files["other/silver/orders.yaml"] = '{"schema": []}'
    lake.documents["gold/orders"] = contract("orders", column("n", logicalType="integer"))
    lake.files["shop/gold/orders.sql"] = "SELECT 1 AS n"
    assert any(
        "silver/orders.yaml: schema[0].name: 'orders' is already the silver or gold table of " in problem
        and problem.endswith("shop/gold/orders.yaml")
        for problem in lake.problems()
    )


def test_two_inputs_of_a_silver_table_are_refused(lake: Lake) -> None:
    lake.documents["bronze/customers"] = contract(
        "customers", column("id", physicalType="uuid"), server="shop", customProperties=custom(ingestion="snapshot")
    )
    lake.column("silver/orders", "id")["transformSourceObjects"] = ["orders.id"]
    lake.column("silver/orders", "customer")["transformSourceObjects"] = ["customers.id"]
    assert any("reads shop__customers and shop__orders; a silver table has one input" in problem for problem in lake.problems())


def test_all_mistakes_of_a_lake_are_told_together(lake: Lake) -> None:
    lake.column("bronze/orders", "customer")["physicalType"] = "uid"
    lake.column("silver/orders", "id")["classification"] = "secret"
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, totl AS total FROM orders"
    assert len(lake.problems()) == 3


def test_what_is_made_from_an_unreadable_contract_is_not_blamed(lake: Lake) -> None:
    lake.documents["bronze/orders"]["schema"] = []
    assert lake.problems() == ["contracts/shop/bronze/orders.yaml: schema: must describe exactly one table, and describes 0"]


def test_a_lake_without_contracts_says_where_they_belong(lake: Lake) -> None:
    lake.documents.clear()
    lake.files.clear()
    (problem,) = lake.problems()
    assert problem.startswith("contracts: is missing")
    (lake.root / "contracts").mkdir(parents=True)
    (problem,) = lake.problems()
    assert problem.startswith("contracts: holds no contract")


def test_rules_are_those_of_the_columns_in_their_order(lake: Lake) -> None:
    lake.column("silver/orders", "total")["logicalTypeOptions"] = {"minimum": 0}
    lake.table("silver/orders")["quality"] = [
        {
            "name": "sane",
            "type": "custom",
            "engine": "spark-sql",
            "implementation": "total < 1e6 OR customer IS NULL",
            "severity": "warning",
        }
    ]
    (orders,) = lake.compile().product("shop").silver
    assert orders.rules == (
        Rule(name="total.minimum", expression="`total` >= 0", columns=("total",)),
        Rule(name="sane", expression="total < 1e6 OR customer IS NULL", columns=("customer", "total"), severity="warning"),
    )


def test_a_nested_column_has_a_nested_type(lake: Lake) -> None:
    lake.table("gold/turnover")["properties"].append(
        column(
            "items",
            logicalType="array",
            items={"logicalType": "object", "properties": [column("sku", logicalType="string"), column("n", logicalType="integer")]},
        )
    )
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, total, array(struct('a' AS sku, 1 AS n)) AS items FROM orders"
    (turnover,) = lake.compile().product("shop").gold
    assert turnover.columns[-1] == Column(name="items", type="array<struct<sku:string,n:bigint>>")
