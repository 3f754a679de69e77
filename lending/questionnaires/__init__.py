"""Questionnaires as desk, phone and hub read them alike: questions, words, and which of them is asked; draws none."""
