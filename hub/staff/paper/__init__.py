"""Print labels, cards, hold slips and letters as PDF."""
