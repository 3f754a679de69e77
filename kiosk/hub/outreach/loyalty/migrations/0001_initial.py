import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Brought',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True, verbose_name='month')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='count')),
            ],
            options={
                'verbose_name': 'month of newcomers by friends',
                'verbose_name_plural': 'months of newcomers by friends',
                'ordering': ('month',),
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8, unique=True, verbose_name='code')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('brought', models.PositiveIntegerField(default=0, verbose_name='friends who came')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='invitation', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Newcomer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='newcomers', to='loyalty.invitation', verbose_name='invitation')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='newcomer', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'newcomer by a friend',
                'verbose_name_plural': 'newcomers by friends',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('books', models.PositiveIntegerField(default=0, verbose_name='books')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='record', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'reading record',
                'verbose_name_plural': 'reading records',
                'ordering': ('id',),
            },
        ),
    ]
