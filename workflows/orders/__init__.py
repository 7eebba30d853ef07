"""One-touch orders (docs/orders.md): whom they reach, how far they got, and what is done where nobody answers."""
