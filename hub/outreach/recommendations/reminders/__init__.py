"""Forecast loan returns from loan lengths, and send due date reminders and overdue notices."""
