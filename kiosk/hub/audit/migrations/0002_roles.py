"""Makes the four roles; whoever worked here without being an administrator is a librarian from now on."""

from typing import Any

from django.db import migrations

NAMES = ("clerk", "librarian", "marketing", "administrator")


def give(apps: Any, editor: Any) -> None:
    groups = {name: apps.get_model("auth", "Group").objects.get_or_create(name=name)[0] for name in NAMES}
    for user in apps.get_model("auth", "User").objects.filter(is_staff=True):
        user.groups.add(groups["administrator" if user.is_superuser else "librarian"])


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
