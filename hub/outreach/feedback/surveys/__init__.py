"""Questionnaires in a subset of SurveyJS JSON: guarded, asked, taken in and counted; docs/questionnaires.md has it."""
