"""What the Makefile runs to bring everything else onto a machine."""
