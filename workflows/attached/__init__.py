"""Attached apps 接入应用: other programs put things before people and open rooms for their cases."""
