"""Read CSV files as libraries export them, and report every fault in them."""
