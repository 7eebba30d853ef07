"""Formats of other systems as pure functions of bytes: no Django, no clock, no network (import contract)."""
