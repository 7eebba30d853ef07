"""Queries of the Matrix door on the live line's async pool: no ORM, no thread."""
