"""The embedded default: one supervisor for the servers and our processes. Standard library only."""
