"""From an alert of another system to an order or a task, by a template, once."""
