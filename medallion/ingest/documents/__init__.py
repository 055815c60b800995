"""Documents that the gate has accepted."""
