"""Ask for the second step where a hub has saved its limits before.

Until now the row held the old default, which asked administrators alone and was off: no one has waived the new one.
"""

from typing import Any

from django.db import migrations


def ask(apps: Any, schema_editor: object) -> None:
    """Set the new default on the saved row."""
    apps.get_model("audit", "Settled").objects.update(second_step=True)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0008_earliest_renewal"),
    ]

    operations = [
        migrations.RunPython(ask, migrations.RunPython.noop),
    ]
