"""Follow a third-party ILS through scheduled imports: sources, runs, conflicts."""
