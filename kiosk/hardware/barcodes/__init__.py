"""Barcodes out of grey frames: decoded in a process of its own, judged by the library's rules; knows no camera."""
