"""The ETL package of the lake: contracts in, validated tables out. It ships to AWS Glue as a wheel."""
