"""What makes an alert: pure functions of values, limits and what was remembered; no clock, no database."""
