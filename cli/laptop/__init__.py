"""The laptop's AWS: started, stopped, looked at, and reached by other tools."""
