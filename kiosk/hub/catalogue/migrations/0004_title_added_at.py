from django.db import migrations, models

import kiosk.hub.catalogue.models


class Migration(migrations.Migration):
    """Adds the column empty, so that what is there already is not new; only then a moment for what comes."""

    dependencies = [
        ("catalogue", "0003_delete_edition"),
    ]

    operations = [
        migrations.AddField(
            model_name="title",
            name="added_at",
            field=models.DateTimeField(
                db_index=True, editable=False, null=True, verbose_name="came into the catalogue"
            ),
        ),
        migrations.AlterField(
            model_name="title",
            name="added_at",
            field=models.DateTimeField(
                db_index=True,
                default=kiosk.hub.catalogue.models.arriving,
                editable=False,
                null=True,
                verbose_name="came into the catalogue",
            ),
        ),
    ]
