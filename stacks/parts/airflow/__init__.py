"""Airflow on MWAA: the environment, what it may do, and the files that it is started with."""
