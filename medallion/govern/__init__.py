"""Who may see what, brought from contracts into Lake Formation: tags on tables and columns, row filters, and what is granted by name."""
