"""Models of this floor, re-exported for Django."""
