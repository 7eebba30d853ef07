"""提醒助手: reminds handlers before and after the due date."""
