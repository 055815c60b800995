"""The laptop's AWS: an emulator whose answers are backed by real processes, corrected where it would only say so."""
