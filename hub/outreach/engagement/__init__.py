"""Keep the conversation with patrons: feedback, surveys, events, campaigns, loyalty."""
