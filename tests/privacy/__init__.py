"""The privacy promise, held against whole logs: neighbours, budgets and published bytes."""
