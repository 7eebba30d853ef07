"""Simulated systems of other offices, to try connectors on; no code is shared with the rest."""
