"""Whoever registered by herself, and whom staff have not seen, is provisional and no longer blocked."""

from typing import Any

from django.db import migrations, models

from kiosk.hub.circulation import triggers


def without_triggers(*_given: Any) -> None:
    """PostgreSQL changes no column that a trigger looks at. They come back after every migration."""
    triggers.remove()


def tell_apart(apps: Any, _editor: Any) -> None:
    """Whom staff have blocked since stays blocked: the feed says so."""
    unseen = apps.get_model("people", "Person").objects.filter(provisional=True).values("ref")
    events = apps.get_model("circulation", "CirculationEvent").objects.filter(kind="patron_status")
    decided = set(events.values_list("data__patron", flat=True))
    patrons = apps.get_model("circulation", "Patron").objects.filter(status="blocked", ref__in=unseen)
    for patron in patrons:
        if patron.ref not in decided:
            patron.status = "provisional"
            patron.save(update_fields=("status",))


def tell_alike(apps: Any, _editor: Any) -> None:
    apps.get_model("circulation", "Patron").objects.filter(status="provisional").update(status="blocked")


class Migration(migrations.Migration):
    dependencies = [
        ("circulation", "0026_looks_that_travel"),
        ("people", "0002_record"),
    ]

    operations = [
        migrations.RunPython(without_triggers, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="patron",
            name="status",
            field=models.CharField(
                choices=[("active", "active"), ("blocked", "blocked"), ("provisional", "provisional")],
                default="active",
                max_length=12,
                verbose_name="status",
            ),
        ),
        migrations.RunPython(tell_apart, tell_alike),
        migrations.RunPython(migrations.RunPython.noop, without_triggers),
    ]
