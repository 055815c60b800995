"""What every command does with a terminal: what is written and how, how failures and interrupts end it."""
