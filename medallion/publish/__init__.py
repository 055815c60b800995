"""The one mechanism that writes every table: a branch, its audit, one commit of data and state."""
