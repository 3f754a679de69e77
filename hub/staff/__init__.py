"""Staff pages of the hub. They change loans, holds and fees through `circulation.operations`."""
