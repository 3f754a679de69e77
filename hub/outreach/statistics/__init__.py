"""Circulation statistics by day, branch and patron group, from the event feed and without names."""
