"""What patrons say: questions, opinions, wishes, answers to questionnaires; and what the library says back."""
