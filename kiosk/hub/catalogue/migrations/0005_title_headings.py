from itertools import islice

import pymarc
from django.db import migrations, models

from kiosk.hub.catalogue import cnmarc, marc

BATCH = 500


def read_headings(apps, schema_editor):
    """Read the subject headings of the titles that are there out of their records."""
    title = apps.get_model("catalogue", "Title")
    rows = title.objects.exclude(record=None).only("pk", "record").order_by("pk").iterator(BATCH)
    while some := list(islice(rows, BATCH)):
        for each in some:
            each.headings = "\n".join(_headings(bytes(each.record)))
        title.objects.bulk_update([each for each in some if each.headings], ["headings"])


def _headings(raw):
    try:
        record = marc.of_bytes(raw)
    except (ValueError, pymarc.PymarcException):
        return []
    return marc.headings(cnmarc.as_marc21(record) if cnmarc.is_cnmarc(record) else record)


class Migration(migrations.Migration):

    dependencies = [
        ("catalogue", "0004_title_added_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="title",
            name="headings",
            field=models.TextField(blank=True, help_text="One in each line.", verbose_name="subject headings"),
        ),
        migrations.RunPython(read_headings, migrations.RunPython.noop),
    ]
