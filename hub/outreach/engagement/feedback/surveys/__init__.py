"""Surveys in a subset of SurveyJS JSON (docs/questionnaires.md): validation, rounds and results."""
