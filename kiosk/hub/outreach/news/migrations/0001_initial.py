import datetime
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.BooleanField(default=True, verbose_name='goes by itself')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4, verbose_name='day of the week')),
                ('moment', models.TimeField(default=datetime.time(10, 0), verbose_name='time of day')),
                ('most', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='titles at most')),
            ],
        ),
        migrations.CreateModel(
            name='Reader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('every', models.CharField(choices=[('weekly', 'weekly'), ('monthly', 'monthly')], default='weekly', max_length=8, verbose_name='how often')),
                ('upto', models.DateTimeField(blank=True, null=True, verbose_name='told of what arrived until')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='digest', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'reader of the digest',
                'verbose_name_plural': 'readers of the digest',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out', models.BooleanField(default=False, verbose_name='left out')),
                ('zh', models.CharField(blank=True, max_length=80, verbose_name='line in Chinese')),
                ('en', models.CharField(blank=True, max_length=160, verbose_name='line in English')),
                ('title', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='remark', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'remark on a new title',
                'verbose_name_plural': 'remarks on new titles',
                'ordering': ('id',),
            },
        ),
    ]
