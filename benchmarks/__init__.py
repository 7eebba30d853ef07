"""Measurements of the running system (docs/benchmarks.md). Never timed in CI; ratios count, not absolute figures."""
