"""Staff pages of the hub, which change loans, holds and fees through `circulation.operations`."""
