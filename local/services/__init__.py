"""The services of the laptop: a folder each, whose `service.py` declares what it is and brings it into an emulator."""
