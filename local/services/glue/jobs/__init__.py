"""Glue job runs: the deployed script on a real Spark, under the job's own role."""
