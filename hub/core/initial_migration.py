"""Base of the initial migrations: create an app's tables without rendering its models once per table."""

from typing import Any

from django.db.migrations import Migration


class InitialMigration(Migration):
    """A migration that only creates tables.

    Django renders all related models again for each `CreateModel`: 6,000 renderings for the hub's 150 tables, which is
    more than half of the time of `migrate` and of a restore. Here each is rendered once.
    """

    initial = True

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Apply all operations to the state first, then to the database."""
        rendered = project_state.__dict__.pop("apps", None)
        project_state = self.mutate_state(project_state, preserve=False)
        if rendered is not None:
            own = [model for (app, _), model in project_state.models.items() if app == self.app_label]
            rendered.render_multiple(own)
            project_state.apps = rendered
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, project_state, project_state)
        return project_state
