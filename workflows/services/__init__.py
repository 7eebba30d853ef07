"""Rules, transactions and events of this floor: the only way in for REST, cards and bots."""
