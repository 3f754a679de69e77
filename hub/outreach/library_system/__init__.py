"""Define what outreach needs of the system that keeps the loans: its event feed and the `Central` protocol."""
