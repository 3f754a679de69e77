from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("circulation", "0033_ids_of_cases"),
    ]

    operations = [
        migrations.AddField(
            model_name="kiosk",
            name="proves",
            field=models.BooleanField(default=False, editable=False, verbose_name="sends proofs"),
        ),
    ]
