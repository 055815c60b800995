"""The version of AWS Glue that jobs run on, and what it brings."""

from medallion.manifest.frozen import Frozen


class GlueVersion(Frozen):
    """A version of Glue for Spark.

    Attributes:
        number: As a job's definition has it.
        spark: The version of Spark that runs.
        iceberg: The version of Iceberg that `--datalake-formats iceberg` adds.
        python: The version of Python that scripts and wheels run on.
        postgres_driver: The version of the JDBC driver of Postgres.
        boto3: The version of boto3.
    """

    number: str
    spark: str
    iceberg: str
    python: str
    postgres_driver: str
    boto3: str


# What follows from it elsewhere is named in tests/unit/test_glue_version.py.
GLUE = GlueVersion(number="6.0", spark="4.1.1", iceberg="1.11.0", python="3.13", postgres_driver="42.7.8", boto3="1.42.84")
