"""MWAA's environments: a real Airflow each, with the bucket's DAGs and the environment's own options and files."""
