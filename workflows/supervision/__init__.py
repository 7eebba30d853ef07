"""督查: the one table from stored snapshots, the loop 晒进度 → 看质量 → 识风险 → 督整改, spot checks by a seed."""
