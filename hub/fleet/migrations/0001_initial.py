import django.db.models.deletion
import uuid6
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('circulation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name='device')),
                ('public_key', models.CharField(max_length=64, verbose_name='public key')),
                ('counter', models.BigIntegerField(default=0, verbose_name='counter')),
                ('enrolled_at', models.DateTimeField(verbose_name='enrolled')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'device',
                'verbose_name_plural': 'devices',
                'ordering': ('-enrolled_at',),
            },
        ),
        migrations.CreateModel(
            name='HelpCall',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='number')),
                ('called_at', models.DateTimeField(verbose_name='called')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='refused for')),
                ('unasked', models.BooleanField(default=False, verbose_name='unasked')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='seen')),
                ('seen_by', models.CharField(blank=True, max_length=150, verbose_name='seen by')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='help_calls', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'help call',
                'verbose_name_plural': 'help calls',
                'ordering': ('called_at',),
                'indexes': [models.Index(fields=['kiosk', 'seen_at'], name='fleet_helpc_kiosk_i_fc74c7_idx')],
            },
        ),
        migrations.CreateModel(
            name='KioskStatus',
            fields=[
                ('kiosk', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='standing', serialize=False, to='circulation.kiosk')),
                ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='told')),
                ('version', models.CharField(blank=True, max_length=40, verbose_name='version')),
                ('uptime', models.BigIntegerField(default=0, verbose_name='running, seconds')),
                ('clock_off', models.FloatField(default=0, verbose_name='clock ahead, seconds')),
                ('trust', models.CharField(blank=True, max_length=10, verbose_name="trust in the kiosk's time")),
                ('parts', models.JSONField(default=dict, verbose_name='parts')),
                ('queued', models.BigIntegerField(default=0, verbose_name='queued')),
                ('set_aside', models.BigIntegerField(default=0, verbose_name='set aside')),
                ('oldest', models.BigIntegerField(blank=True, null=True, verbose_name='the oldest waits, seconds')),
                ('in_service', models.BooleanField(default=True, verbose_name='in service')),
                ('seal', models.CharField(blank=True, max_length=16, verbose_name='seals to the key')),
                ('sealed', models.JSONField(blank=True, null=True, verbose_name='sealed rows by key')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken out of service')),
                ('closed_by', models.CharField(blank=True, max_length=150, verbose_name='taken out of service by')),
                ('zh', models.CharField(blank=True, max_length=200, verbose_name='message in Chinese')),
                ('en', models.CharField(blank=True, max_length=200, verbose_name='message in English')),
                ('identify_until', models.DateTimeField(blank=True, null=True, verbose_name='asked to show itself until')),
                ('settings', models.JSONField(blank=True, null=True, verbose_name='report of the settings')),
            ],
            options={
                'verbose_name': 'standing',
                'verbose_name_plural': 'standings',
            },
        ),
        migrations.CreateModel(
            name='EnrolmentCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('look_up', models.CharField(max_length=4, unique=True, verbose_name='first letters')),
                ('code_hash', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used')),
                ('device', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='fleet.device', verbose_name='device')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'enrolment code',
                'verbose_name_plural': 'enrolment codes',
                'ordering': ('-made_at',),
            },
        ),
        migrations.CreateModel(
            name='SettingsVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(blank=True, null=True, unique=True, verbose_name='version')),
                ('values', models.JSONField(default=dict, verbose_name='settings')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('kiosk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'kiosk settings',
                'verbose_name_plural': 'kiosk settings',
                'ordering': ('-number',),
            },
        ),
    ]
