"""The laptop's Lake Formation: who may see which column and row of the catalog's tables."""
