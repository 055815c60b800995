"""A job that does nothing but ask one Iceberg table: what is measured is how long it takes to get there."""

import sys

from medallion.session import lake_session

spark = lake_session("first-query")
print(spark.table(sys.argv[1]).count(), flush=True)
spark.stop()
