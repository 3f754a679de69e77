import kiosk.hub.outreach.people.sealed
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Brought',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=10)),
                ('key', models.PositiveBigIntegerField()),
                ('gone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('what', 'key'), name='brought_once')],
            },
        ),
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reads', models.CharField(max_length=10, verbose_name='reads')),
                ('key', models.CharField(max_length=64)),
                ('line', models.PositiveIntegerField(verbose_name='line')),
                ('wrong', models.CharField(max_length=10, verbose_name='what is wrong')),
                ('column', models.CharField(blank=True, max_length=40, verbose_name='field')),
                ('there', models.CharField(blank=True, max_length=200, verbose_name='in the sheet')),
                ('here', models.CharField(blank=True, max_length=200, verbose_name='here')),
                ('row', kiosk.hub.outreach.people.sealed.SealedText(blank=True)),
                ('whose', models.CharField(blank=True, db_index=True, max_length=64)),
                ('written_at', models.DateTimeField(verbose_name='written')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('closed_by', models.CharField(blank=True, max_length=150, verbose_name='settled by')),
                ('how', models.CharField(blank=True, choices=[('taken', 'taken'), ('believed', "the sheet's word counts"), ('mended', 'mended there'), ('passed', 'passed over'), ('gone', 'no longer in the sheet')], max_length=10, verbose_name='how')),
            ],
            options={
                'verbose_name': 'contradicting row',
                'verbose_name_plural': 'contradicting rows',
                'ordering': ('opened_at', 'line', 'id'),
                'indexes': [models.Index(fields=['closed_at', 'opened_at'], name='following_c_closed__250b89_idx')],
                'constraints': [models.UniqueConstraint(fields=('source', 'key'), name='conflict_once_per_row')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reads', models.CharField(max_length=10, verbose_name='reads')),
                ('full', models.BooleanField(verbose_name='full')),
                ('mark', models.CharField(blank=True, max_length=64)),
                ('written_at', models.DateTimeField(blank=True, null=True, verbose_name='written')),
                ('ended_at', models.DateTimeField(verbose_name='read')),
                ('added', models.PositiveIntegerField(default=0, verbose_name='added')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='brought up to date')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='the same as here')),
                ('over', models.PositiveIntegerField(default=0, verbose_name='over')),
                ('bad', models.PositiveIntegerField(default=0, verbose_name='contradicting rows')),
                ('fault', models.CharField(blank=True, max_length=500, verbose_name='fault')),
                ('why', models.CharField(blank=True, max_length=10)),
                ('too_much', models.BooleanField(default=False)),
                ('allowed_by', models.CharField(blank=True, max_length=150, verbose_name='allowed by')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
                'ordering': ('-ended_at', '-id'),
                'indexes': [models.Index(fields=['source', 'ended_at'], name='following_r_source_1dd660_idx')],
            },
        ),
    ]
