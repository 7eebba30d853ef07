"""督办助手: dispatches items, takes reports, keeps the ledger."""
