"""The only place of this floor that spells queries."""
