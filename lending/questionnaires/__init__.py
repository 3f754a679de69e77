"""Questionnaires, shared by kiosk, phone pages and hub: questions, wording and visibility conditions."""
