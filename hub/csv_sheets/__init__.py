"""Read CSV files as people send them and report every fault in them."""
