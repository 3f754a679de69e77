"""Read barcodes from grey frames: decode in a separate process, filter by the library's number rules."""
