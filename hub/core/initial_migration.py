"""Base of the initial migrations: create an app's tables without rendering its models once per table."""

from typing import Any

from django.db.migrations import Migration


class InitialMigration(Migration):
    """A migration that only creates tables.

    Django renders all related models again for each `CreateModel`: 6,000 renderings for the hub's 150 tables, which is
    more than half of the time of `migrate` and of a restore. Here they are rendered once per app.
    """

    initial = True

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Apply all operations to the state first, then to the database."""
        project_state.__dict__.pop("apps", None)  # rendered again, once, for the first table
        project_state = self.mutate_state(project_state, preserve=False)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        return project_state
