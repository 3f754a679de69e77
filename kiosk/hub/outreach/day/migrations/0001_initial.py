import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True, verbose_name='month of the first loan')),
                ('patrons', models.PositiveIntegerField(default=0, verbose_name='patrons')),
                ('after_1', models.PositiveIntegerField(null=True, verbose_name='active after a month')),
                ('after_3', models.PositiveIntegerField(null=True, verbose_name='active after three months')),
                ('after_6', models.PositiveIntegerField(null=True, verbose_name='active after six months')),
                ('after_12', models.PositiveIntegerField(null=True, verbose_name='active after twelve months')),
            ],
            options={
                'verbose_name': 'cohort of patrons',
                'verbose_name_plural': 'cohorts of patrons',
                'ordering': ('month',),
            },
        ),
        migrations.CreateModel(
            name='Night',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(unique=True, verbose_name='day')),
                ('contacts', models.PositiveIntegerField(default=0, verbose_name='contacts')),
                ('fresh', models.PositiveIntegerField(default=0, verbose_name='fresh contacts')),
                ('bounced', models.PositiveIntegerField(default=0, verbose_name='contacts that came back')),
                ('said', models.PositiveIntegerField(default=0, verbose_name='messages that arrived')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='messages that did not arrive')),
                ('withheld', models.PositiveIntegerField(default=0, verbose_name='messages withheld')),
            ],
            options={
                'verbose_name': 'night',
                'verbose_name_plural': 'nights',
                'ordering': ('on',),
            },
        ),
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=20, verbose_name='role')),
                ('figure', models.CharField(max_length=20, verbose_name='figure')),
                ('target', models.FloatField(verbose_name='target')),
                ('begun', models.FloatField(blank=True, null=True, verbose_name='figure when it was set')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('set_at', models.DateTimeField(verbose_name='set')),
            ],
            options={
                'verbose_name': 'goal',
                'verbose_name_plural': 'goals',
                'ordering': ('role', 'id'),
                'constraints': [models.UniqueConstraint(fields=('role', 'figure'), name='day_goal_once')],
            },
        ),
        migrations.CreateModel(
            name='Headcount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='group')),
                ('regular', models.PositiveIntegerField(default=0, verbose_name='regular')),
                ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('lapsing', models.PositiveIntegerField(default=0, verbose_name='lapsing')),
                ('lapsed', models.PositiveIntegerField(default=0, verbose_name='lapsed')),
            ],
            options={
                'verbose_name': 'patrons of a night',
                'verbose_name_plural': 'patrons of nights',
                'ordering': ('on', 'branch', 'group'),
                'constraints': [models.UniqueConstraint(fields=('on', 'branch', 'group'), name='day_headcount_once')],
            },
        ),
        migrations.CreateModel(
            name='Lent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='group')),
                ('loans', models.IntegerField(default=0, verbose_name='loans')),
                ('back', models.IntegerField(default=0, verbose_name='returns')),
                ('late', models.IntegerField(default=0, verbose_name='late returns')),
                ('here', models.IntegerField(default=0, verbose_name='used in the library')),
            ],
            options={
                'verbose_name': 'loans of a day',
                'verbose_name_plural': 'loans of days',
                'ordering': ('on', 'branch', 'group'),
                'constraints': [models.UniqueConstraint(fields=('on', 'branch', 'group'), name='day_lent_once')],
            },
        ),
        migrations.CreateModel(
            name='Borrower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='group')),
                ('first_on', models.DateField(verbose_name='first loan')),
                ('last_on', models.DateField(verbose_name='last loan')),
                ('key', models.BooleanField(default=False, verbose_name='key patron')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='borrower', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'borrower',
                'verbose_name_plural': 'borrowers',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['key', 'last_on'], name='day_key_absent')],
            },
        ),
    ]
