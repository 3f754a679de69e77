import django.db.models.deletion
import kiosk.hub.catalogue.models
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('words', models.CharField(blank=True, max_length=120, verbose_name='what the link says')),
                ('in_record', models.CharField(blank=True, editable=False, max_length=1000, verbose_name='address in the record')),
                ('removed', models.BooleanField(default=False, verbose_name='taken out by staff')),
                ('added_at', models.DateTimeField(default=kiosk.hub.catalogue.models.arriving, editable=False, verbose_name='added')),
                ('media_type', models.CharField(blank=True, editable=False, max_length=100, verbose_name='media type')),
                ('checked_at', models.DateTimeField(blank=True, db_index=True, editable=False, null=True, verbose_name='last checked')),
                ('fault', models.CharField(blank=True, editable=False, max_length=12, verbose_name='fault')),
                ('status', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='HTTP status')),
                ('failures', models.PositiveSmallIntegerField(db_index=True, default=0, editable=False, verbose_name='nights without')),
                ('failing_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='not reached since')),
                ('failed_on', models.DateField(blank=True, editable=False, null=True, verbose_name='last failure')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'e-edition',
                'verbose_name_plural': 'e-editions',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('title', 'url'), name='edition_once_per_title')],
            },
        ),
        migrations.CreateModel(
            name='ReadOn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True, verbose_name='day')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='times')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='read_on', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'e-loans of a day',
                'verbose_name_plural': 'e-loans by day',
                'ordering': ('-day', 'id'),
                'constraints': [models.UniqueConstraint(fields=('title', 'day'), name='read_once_per_day')],
            },
        ),
    ]
