"""Lending rules as staff bend them: drafts, what they would have changed, editions; judges no loan itself."""
