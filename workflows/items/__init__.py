"""How an item looks in a room."""
