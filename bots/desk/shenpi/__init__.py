"""审批助手: brings approvals to those who decide, and takes their decisions."""
