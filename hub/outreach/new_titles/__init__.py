"""What is new in the library: the shelf that anybody sees, and the digest for those who asked for one; no loan."""
