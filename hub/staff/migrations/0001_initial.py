import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('circulation', '0001_initial'),
        ('messaging', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DeskAnswer',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('answer', models.JSONField()),
                ('at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PrintRun',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('slips', 'Slips'), ('letters', 'Letters')], max_length=8)),
                ('at', models.DateTimeField(db_index=True)),
                ('by', models.CharField(max_length=150)),
            ],
            options={
                'ordering': ('-at',),
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.message')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='staff.printrun')),
            ],
        ),
        migrations.CreateModel(
            name='HoldSlip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='circulation.hold')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.item')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slips', to='staff.printrun')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hold', 'item'), name='staff_holdslip_hold_item_unique')],
            },
        ),
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('report', models.CharField(max_length=20)),
                ('split', models.CharField(blank=True, max_length=20)),
                ('address', models.EmailField(max_length=254)),
                ('language', models.CharField(max_length=10)),
                ('by', models.CharField(max_length=150)),
                ('sent_for', models.DateField(null=True)),
                ('fault', models.CharField(blank=True, max_length=40)),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
            ],
            options={
                'ordering': ('address', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='TillCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True)),
                ('means', models.CharField(choices=[('cash', 'cash'), ('card', 'bank card'), ('mobile', 'mobile payment'), ('transfer', 'bank transfer')], max_length=8)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=150)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch')),
                ('desk', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
    ]
