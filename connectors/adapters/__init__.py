"""One protocol each. Adapters know the mapping, never one another."""
