"""The compiled contracts and the configuration: frozen values that every other room reads."""
