from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(max_length=64)),
                ('mark', models.CharField(blank=True, default='', max_length=16)),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField(db_index=True)),
            ],
            options={
                'indexes': [models.Index(fields=['who', 'at'], name='core_attemp_who_8e4e01_idx')],
            },
        ),
        migrations.CreateModel(
            name='SharedNumber',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('value', models.BigIntegerField()),
            ],
        ),
    ]
