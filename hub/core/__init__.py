"""Provide what every app of the hub uses: clock, transactions, state directory, middleware, workers."""
