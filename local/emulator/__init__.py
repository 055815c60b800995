"""The emulator (ministack 1.5.33) with what the laptop adds and corrects; nothing else touches its private names."""
