"""数据助手: keeps the status cards of connected sources."""
