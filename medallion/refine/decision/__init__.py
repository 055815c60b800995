"""What a run does to a silver table, decided from what is known: values alone, nothing here asks Spark."""
