"""`lake access`: who sees which column, who may do what, and who did."""
