"""A library's own system, followed by scheduled imports: sources, runs, rows that contradict; judges no loan."""
