import django.db.models.deletion
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('engagement', '0001_initial'),
        ('patrons', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Borrower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='patron category')),
                ('first_on', models.DateField(verbose_name='first loan')),
                ('last_on', models.DateField(verbose_name='last loan')),
                ('key', models.BooleanField(default=False, verbose_name='key patron')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='borrower', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'borrower',
                'verbose_name_plural': 'borrowers',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['key', 'last_on'], name='statistics_key_absent')],
            },
        ),
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True, verbose_name='month of the first loan')),
                ('patrons', models.PositiveIntegerField(default=0, verbose_name='patrons')),
                ('after_1', models.PositiveIntegerField(null=True, verbose_name='active after 1 month')),
                ('after_3', models.PositiveIntegerField(null=True, verbose_name='active after 3 months')),
                ('after_6', models.PositiveIntegerField(null=True, verbose_name='active after 6 months')),
                ('after_12', models.PositiveIntegerField(null=True, verbose_name='active after 12 months')),
            ],
            options={
                'verbose_name': 'cohort of patrons',
                'verbose_name_plural': 'cohorts of patrons',
                'ordering': ('month',),
            },
        ),
        migrations.CreateModel(
            name='DailyLoans',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='patron category')),
                ('loans', models.IntegerField(default=0, verbose_name='loans')),
                ('back', models.IntegerField(default=0, verbose_name='returns')),
                ('late', models.IntegerField(default=0, verbose_name='late returns')),
                ('here', models.IntegerField(default=0, verbose_name='in-house use')),
            ],
            options={
                'verbose_name': 'daily loans',
                'verbose_name_plural': 'daily loans',
                'ordering': ('on', 'branch', 'group'),
                'constraints': [models.UniqueConstraint(fields=('on', 'branch', 'group'), name='statistics_dailyloans_on_branch_group_unique')],
            },
        ),
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=20, verbose_name='role')),
                ('figure', models.CharField(max_length=20, verbose_name='figure')),
                ('target', models.FloatField(verbose_name='target')),
                ('begun', models.FloatField(blank=True, null=True, verbose_name='starting figure')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('set_at', models.DateTimeField(verbose_name='set')),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='engagement.campaign', verbose_name='campaign')),
                ('journey', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='engagement.journey', verbose_name='journey')),
            ],
            options={
                'verbose_name': 'goal',
                'verbose_name_plural': 'goals',
                'ordering': ('role', 'id'),
                'constraints': [models.UniqueConstraint(fields=('role', 'figure'), name='statistics_goal_role_figure_unique')],
            },
        ),
        migrations.CreateModel(
            name='Headcount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('branch', models.CharField(blank=True, max_length=64, verbose_name='branch')),
                ('group', models.CharField(blank=True, max_length=64, verbose_name='patron category')),
                ('regular', models.PositiveIntegerField(default=0, verbose_name='regular')),
                ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('lapsing', models.PositiveIntegerField(default=0, verbose_name='lapsing')),
                ('lapsed', models.PositiveIntegerField(default=0, verbose_name='lapsed')),
            ],
            options={
                'verbose_name': 'nightly patron count',
                'verbose_name_plural': 'nightly patron counts',
                'ordering': ('on', 'branch', 'group'),
                'constraints': [models.UniqueConstraint(fields=('on', 'branch', 'group'), name='statistics_headcount_on_branch_group_unique')],
            },
        ),
        migrations.CreateModel(
            name='Night',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(unique=True, verbose_name='day')),
                ('contacts', models.PositiveIntegerField(default=0, verbose_name='contacts')),
                ('fresh', models.PositiveIntegerField(default=0, verbose_name='recent contacts')),
                ('bounced', models.PositiveIntegerField(default=0, verbose_name='returned contacts')),
                ('said', models.PositiveIntegerField(default=0, verbose_name='delivered messages')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='undelivered messages')),
                ('withheld', models.PositiveIntegerField(default=0, verbose_name='withheld messages')),
            ],
            options={
                'verbose_name': 'night',
                'verbose_name_plural': 'nights',
                'ordering': ('on',),
            },
        ),
    ]
