"""What a Spark job of the lake does, once each, so that the JVM loads the classes of all of it; see `tools.spark_classes`."""

from typing import Any

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
jvm: Any = spark._jvm
table = "glue_catalog.training.rows"


def commit(name: str, branch: str) -> None:
    """Publishes a branch in one transaction, as the lake does."""
    loaded = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
    transaction = loaded.newTransaction()
    transaction.manageSnapshots().fastForwardBranch("main", branch).removeBranch(branch).commit()
    transaction.updateProperties().set("training", "done").commit()
    transaction.commitTransaction()


spark.sql("CREATE DATABASE glue_catalog.training")
spark.sql(
    f"CREATE TABLE {table} (id bigint, day date, at timestamp, amount decimal(10, 2), name string) USING iceberg "
    "PARTITIONED BY (months(day)) TBLPROPERTIES ('format-version'='2', 'write.wap.enabled'='true', 'write.merge.mode'='merge-on-read', "
    "'write.update.mode'='merge-on-read', 'write.delete.mode'='merge-on-read')"
)
spark.sql(f"ALTER TABLE {table} ADD COLUMN note string")
incoming = spark.range(2000).selectExpr(
    "id",
    "date_add(DATE '2017-01-01', CAST(id % 300 AS int)) AS day",
    "current_timestamp() AS at",
    "CAST(id / 7 AS decimal(10, 2)) AS amount",
    "concat('n', id % 10) AS name",
    "CAST(NULL AS string) AS note",
)
incoming.writeTo(table).option("snapshot-property.run", "1").append()
spark.conf.set("spark.wap.branch", "audit")
incoming.withColumn("id", incoming["id"] + 1000).createOrReplaceTempView("incoming")
spark.sql(
    f"MERGE INTO {table} t USING (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY at DESC) AS place FROM incoming) "
    "WHERE place = 1) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET amount = s.amount "
    "WHEN NOT MATCHED THEN INSERT (id, day, at, amount, name, note) VALUES (s.id, s.day, s.at, s.amount, s.name, s.note)"
)
spark.conf.unset("spark.wap.branch")
spark.sql(f"SELECT count(*), sum(amount) FROM {table} VERSION AS OF 'audit'").collect()
commit(table, "audit")
spark.sql(f"DELETE FROM {table} WHERE id = 1")
first, *_, last = (row.snapshot_id for row in spark.sql(f"SELECT snapshot_id FROM {table}.snapshots ORDER BY committed_at").collect())
spark.read.format("iceberg").option("start-snapshot-id", first).option("end-snapshot-id", last)
spark.sql(
    f"SELECT a.name, sum(a.amount), count(DISTINCT a.id), to_json(struct(first(a.note))) FROM {table} a JOIN incoming b ON a.id = b.id "
    "WHERE a.day > DATE '2017-02-01' AND rlike(a.name, 'n[0-9]') GROUP BY a.name ORDER BY 2"
).collect()
spark.sql(f"SELECT day, sum(amount) AS amount FROM {table} GROUP BY day").writeTo("glue_catalog.training.days").using("iceberg").create()
spark.sql("INSERT OVERWRITE glue_catalog.training.days SELECT day, amount FROM glue_catalog.training.days")
# Loaded by name: there is no database to read from here.
for name in (
    "org.postgresql.Driver",
    "org.apache.spark.sql.execution.datasources.jdbc.JDBCRDD",
    "org.apache.spark.sql.jdbc.PostgresDialect$",
):
    jvm.java.lang.Class.forName(name)
spark.createDataFrame([(1, "a")], "id int, name string").cache().collect()
spark.stop()
