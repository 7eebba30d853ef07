"""What comes in from other products' robots: payload → message, pure (docs/bots/webhooks.md)."""
