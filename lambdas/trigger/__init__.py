"""The trigger: one DAG run for each batch of letters that has closed."""
