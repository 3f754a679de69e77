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
            name='RemoteTask',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='number')),
                ('kind', models.CharField(choices=[('log', 'log of the last hour'), ('screenshot', 'screenshot'), ('restart', 'restart')], max_length=10, verbose_name='kind')),
                ('asked_by', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('until', models.DateTimeField(verbose_name='expires')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('outcome', models.CharField(blank=True, choices=[('done', 'done'), ('visit', 'a patron was at the kiosk'), ('failed', 'failed'), ('unknown', 'not known to this version of the kiosk')], max_length=10, verbose_name='outcome')),
                ('log', models.TextField(blank=True, verbose_name='log')),
                ('screenshot', models.BinaryField(default=bytes, verbose_name='screenshot')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'remote task',
                'verbose_name_plural': 'remote tasks',
                'ordering': ('-asked_at',),
                'indexes': [models.Index(fields=['kiosk', 'answered_at'], name='fleet_remot_kiosk_i_d6aa24_idx')],
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
                ('closing', models.JSONField(blank=True, default=dict, max_length=80, verbose_name='message to patrons')),
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
                ('until', models.DateTimeField(verbose_name='expires')),
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
        migrations.CreateModel(
            name='KioskImage',
            fields=[
                ('kiosk', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='image', serialize=False, to='circulation.kiosk')),
                ('channel', models.CharField(choices=[('stable', 'Stable'), ('early', 'Early')], default='stable', max_length=8, verbose_name='channel')),
                ('slot', models.CharField(blank=True, max_length=1, verbose_name='slot')),
                ('running', models.CharField(blank=True, max_length=40, verbose_name='running version')),
                ('confirmed', models.BooleanField(default=True, verbose_name='confirmed')),
                ('target', models.CharField(blank=True, max_length=40, verbose_name='asked to run')),
                ('state', models.CharField(blank=True, max_length=16, verbose_name='state')),
                ('progress', models.PositiveSmallIntegerField(default=0, verbose_name='downloaded, per cent')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='refused for')),
            ],
            options={
                'verbose_name': "kiosk's image",
                'verbose_name_plural': "kiosks' images",
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=40, unique=True, verbose_name='version')),
                ('compatible', models.CharField(max_length=64, verbose_name='boards')),
                ('journal_format', models.PositiveSmallIntegerField(verbose_name='format of the journal')),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField(verbose_name='bytes')),
                ('added_at', models.DateTimeField(verbose_name='added')),
            ],
            options={
                'verbose_name': 'release',
                'verbose_name_plural': 'releases',
                'ordering': ('-added_at',),
            },
        ),
        migrations.CreateModel(
            name='Rollout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('stable', 'Stable'), ('early', 'Early')], default='stable', max_length=8, verbose_name='channel')),
                ('share', models.PositiveSmallIntegerField(default=100, verbose_name='share of the kiosks, per cent')),
                ('hours', models.CharField(blank=True, max_length=11, verbose_name='hours')),
                ('at_once', models.PositiveSmallIntegerField(default=1, verbose_name='kiosks at a time')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('started_by', models.CharField(max_length=150, verbose_name='started by')),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='paused')),
                ('paused_by', models.CharField(blank=True, max_length=150, verbose_name='paused by')),
                ('going_back_at', models.DateTimeField(blank=True, null=True, verbose_name='rolled back')),
                ('going_back_by', models.CharField(blank=True, max_length=150, verbose_name='rolled back by')),
                ('branches', models.ManyToManyField(blank=True, to='catalogue.branch', verbose_name='branches')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='fleet.release', verbose_name='release')),
            ],
            options={
                'verbose_name': 'rollout',
                'verbose_name_plural': 'rollouts',
                'ordering': ('-started_at',),
            },
        ),
        migrations.CreateModel(
            name='RolloutEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('what', models.CharField(max_length=16, verbose_name='event')),
                ('detail', models.CharField(blank=True, max_length=80, verbose_name='detail')),
                ('by', models.CharField(blank=True, max_length=150, verbose_name='by')),
                ('kiosk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='circulation.kiosk', verbose_name='kiosk')),
                ('rollout', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='fleet.rollout')),
            ],
            options={
                'verbose_name': 'event of a rollout',
                'verbose_name_plural': 'events of rollouts',
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='RolloutStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(blank=True, max_length=40, verbose_name='version before')),
                ('state', models.CharField(choices=[('updating', 'Updating'), ('done', 'Updated'), ('fallen_back', 'Rolled back'), ('refused', 'Refused'), ('gone_back', 'Back on the old version')], max_length=12, verbose_name='state')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='refused for')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='circulation.kiosk')),
                ('rollout', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='fleet.rollout')),
            ],
            options={
                'verbose_name': 'step of a rollout',
                'verbose_name_plural': 'steps of rollouts',
                'constraints': [models.UniqueConstraint(fields=('rollout', 'kiosk'), name='one_step_per_kiosk')],
            },
        ),
    ]
