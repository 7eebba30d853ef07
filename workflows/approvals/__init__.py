"""审批: drawn processes, run by SpiffWorkflow behind `engine`; people, rules and the trail are ours."""
