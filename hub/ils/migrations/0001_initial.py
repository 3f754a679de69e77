import django.db.models.deletion
import hub.core.encrypted_fields
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reads', models.CharField(max_length=10, verbose_name='content')),
                ('key', models.CharField(max_length=64)),
                ('line', models.PositiveIntegerField(verbose_name='line')),
                ('wrong', models.CharField(max_length=10, verbose_name='problem')),
                ('column', models.CharField(blank=True, max_length=40, verbose_name='field')),
                ('there', models.CharField(blank=True, max_length=200, verbose_name='in the file')),
                ('here', models.CharField(blank=True, max_length=200, verbose_name='in the hub')),
                ('row', hub.core.encrypted_fields.EncryptedTextField(blank=True)),
                ('whose', models.CharField(blank=True, db_index=True, max_length=64)),
                ('written_at', models.DateTimeField(verbose_name='written')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='resolved')),
                ('closed_by', models.CharField(blank=True, max_length=150, verbose_name='resolved by')),
                ('how', models.CharField(blank=True, choices=[('taken', 'imported'), ('believed', 'imported value used'), ('mended', 'corrected in the ILS'), ('passed', 'ignored'), ('gone', 'no longer in the file')], max_length=10, verbose_name='resolved as')),
            ],
            options={
                'verbose_name': 'conflicting row',
                'verbose_name_plural': 'conflicting rows',
                'ordering': ('opened_at', 'line', 'id'),
                'indexes': [models.Index(fields=['closed_at', 'opened_at'], name='ils_conflic_closed__a76fca_idx')],
                'constraints': [models.UniqueConstraint(fields=('source', 'key'), name='ils_conflict_source_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='ImportedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=10)),
                ('key', models.PositiveBigIntegerField()),
                ('gone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('what', 'key'), name='ils_importedrecord_what_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reads', models.CharField(max_length=10, verbose_name='content')),
                ('full', models.BooleanField(verbose_name='full')),
                ('mark', models.CharField(blank=True, max_length=64)),
                ('written_at', models.DateTimeField(blank=True, null=True, verbose_name='written')),
                ('ended_at', models.DateTimeField(verbose_name='read at')),
                ('added', models.PositiveIntegerField(default=0, verbose_name='added')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='updated')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='same as in the hub')),
                ('over', models.PositiveIntegerField(default=0, verbose_name='record ended')),
                ('bad', models.PositiveIntegerField(default=0, verbose_name='conflicting rows')),
                ('fault', models.CharField(blank=True, max_length=500, verbose_name='fault')),
                ('why', models.CharField(blank=True, max_length=10)),
                ('too_much', models.BooleanField(default=False)),
                ('allowed_by', models.CharField(blank=True, max_length=150, verbose_name='allowed by')),
            ],
            options={
                'verbose_name': 'run',
                'verbose_name_plural': 'runs',
                'ordering': ('-ended_at', '-id'),
                'indexes': [models.Index(fields=['source', 'ended_at'], name='ils_importr_source_07c0b1_idx')],
            },
        ),
        migrations.CreateModel(
            name='FileImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('titles', 'titles'), ('items', 'items'), ('patrons', 'patrons')], max_length=10, verbose_name='content')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='file')),
                ('digest', models.CharField(db_index=True, max_length=64)),
                ('state', models.CharField(choices=[('checked', 'checked'), ('queued', 'waiting'), ('running', 'running'), ('done', 'imported'), ('failed', 'failed'), ('undone', 'undone')], default='checked', max_length=10, verbose_name='state')),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded')),
                ('queued_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('added', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('bad', models.PositiveIntegerField(default=0, verbose_name='refused')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'file import',
                'verbose_name_plural': 'file imports',
                'ordering': ('-uploaded_at', '-id'),
                'indexes': [models.Index(fields=['state', 'queued_at'], name='ils_fileimp_state_a4841d_idx')],
            },
        ),
    ]
