"""Test that the migrations create what the models declare."""

from __future__ import annotations

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation


def test_migrations_match_the_models() -> None:
    migrations = MigrationLoader(None)
    with translation.override(None):  # verbose names are stored untranslated
        declared = ProjectState.from_apps(apps)
        changes = MigrationAutodetector(migrations.project_state(), declared).changes(migrations.graph)
    assert {app: [str(each.operations) for each in found] for app, found in changes.items()} == {}
