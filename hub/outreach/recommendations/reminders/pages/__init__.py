"""Staff pages of loan return forecasts, and of overdue and lost items."""
