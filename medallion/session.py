"""The Spark session of every job: what is the same on AWS Glue and on a laptop stands here, endpoints and sizes do not."""

from py4j.java_gateway import java_import
from pyspark.sql import SparkSession

CATALOG = "glue_catalog"

SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
    f"spark.sql.catalog.{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"spark.sql.catalog.{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    # Each session has a cache of its own, so a table published through one would look unchanged through another.
    f"spark.sql.catalog.{CATALOG}.cache-enabled": "false",
    # All instants are UTC, whatever the zone of the machine.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.scheduler.mode": "FAIR",
    "spark.sql.debug.maxToStringFields": "200",
    # Each call that makes a column would ask Java seven times for where it stands in Python; what fails is told with its table and rule.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}

# Spark's Python asks for these without their package, by the thousand: each time they would be looked for in every jar and package.
_CLASSES_OF_SPARK = ("org.apache.spark.api.python.PythonUtils", "org.apache.spark.sql.functions")


def lake_session(name: str) -> SparkSession:
    """The session of this process, with the lake's catalog as `glue_catalog`.

    Args:
        name: The application's name, as logs and metrics show it.

    Returns:
        A session for which ANSI mode, UTC and fair scheduling are set; master, memory and endpoints come from spark-defaults.
    """
    builder = SparkSession.builder.appName(name)
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    for full_name in _CLASSES_OF_SPARK:
        java_import(spark._jvm, full_name)
    if (spark.sparkContext.master or "").startswith("local"):
        # 200 partitions are for a cluster; on one machine they are 200 tiny tasks a shuffle.
        spark.conf.set("spark.sql.shuffle.partitions", str(2 * spark.sparkContext.defaultParallelism))
    return spark
