"""Bronze to silver: typed, validated, merged."""
