"""What every app of the hub uses: clock, transactions, state directory, middleware, worker processes."""
