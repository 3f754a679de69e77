"""Seals the keys of second steps, which lay in clear in the table of django-otp; that one is empty from now on."""

import django.db.models.deletion
import kiosk.hub.audit.models.telephones
import kiosk.hub.outreach.people.sealed
from django.conf import settings
from django.db import migrations, models

KEPT = ("user_id", "name", "confirmed", "key", "drift", "last_t")


def seal(apps, _schema):
    clear = apps.get_model("otp_totp", "TOTPDevice").objects.all()
    apps.get_model("audit", "Telephone").objects.bulk_create(
        apps.get_model("audit", "Telephone")(**row) for row in clear.values(*KEPT)
    )
    clear.delete()


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
        ('otp_totp', '0003_add_timestamps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Telephone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('key', kiosk.hub.outreach.people.sealed.SealedText(default=kiosk.hub.audit.models.telephones.new_key)),
                ('drift', models.SmallIntegerField(default=0)),
                ('last_t', models.BigIntegerField(default=-1)),
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
