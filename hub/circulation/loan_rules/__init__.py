"""Let staff edit the loan rules: drafts, trials of their effect, and published versions."""
