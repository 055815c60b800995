"""Glue: the catalog, jobs that are run and crawlers that crawl."""
