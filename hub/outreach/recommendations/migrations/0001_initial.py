import datetime
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration

STEPS = (1, 7, 21)
"""Days after the due date at which a new library sends its overdue notices."""


def add_steps(apps, schema_editor):
    step = apps.get_model("recommendations", "OverdueNoticeStep")
    for days in STEPS:
        step.objects.create(days=days)


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('patrons', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CoLoanCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('low', models.PositiveBigIntegerField(verbose_name='title')),
                ('high', models.PositiveBigIntegerField(verbose_name='other title')),
                ('weight', models.FloatField(verbose_name='weight')),
                ('day', models.DateField(verbose_name='as of')),
            ],
            options={
                'verbose_name': 'titles borrowed together',
                'verbose_name_plural': 'titles borrowed together',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('low', 'high'), name='recommendations_coloancount_low_high_unique')],
            },
        ),
        migrations.CreateModel(
            name='DigestSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.BooleanField(default=True, verbose_name='sent automatically')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=4, verbose_name='day of the week')),
                ('moment', models.TimeField(default=datetime.time(10, 0), verbose_name='time of day')),
                ('most', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='maximum titles')),
            ],
        ),
        migrations.CreateModel(
            name='DigestSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('every', models.CharField(choices=[('weekly', 'weekly'), ('monthly', 'monthly')], default='weekly', max_length=8, verbose_name='how often')),
                ('upto', models.DateTimeField(blank=True, null=True, verbose_name='notified of arrivals until')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='digest', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'digest subscriber',
                'verbose_name_plural': 'digest subscribers',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Fit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='trained')),
                ('loans', models.PositiveIntegerField(verbose_name='loans')),
                ('between', models.FloatField(verbose_name='variance between patrons')),
                ('share', models.FloatField(verbose_name='patron share of the variance')),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('calibration', models.JSONField(default=dict, verbose_name='forecast accuracy')),
            ],
        ),
        migrations.CreateModel(
            name='HistoryTitle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('at', models.DateTimeField(verbose_name='checked out')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='had', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loan in the reading history',
                'verbose_name_plural': 'loans in the reading history',
                'ordering': ('-at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='recommendations_historytitle_person_title_unique')],
            },
        ),
        migrations.CreateModel(
            name='Interest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=40, verbose_name='class or subject')),
                ('weight', models.FloatField(default=1.0, verbose_name='weight')),
                ('source', models.CharField(choices=[('inferred', 'from loans'), ('stated', 'added by the patron'), ('removed', 'removed by the patron')], max_length=8, verbose_name='source')),
                ('of', models.JSONField(blank=True, default=list, verbose_name='based on')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interests', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'interest',
                'verbose_name_plural': 'interests',
                'ordering': ('-weight', 'subject'),
                'constraints': [models.UniqueConstraint(fields=('person', 'subject'), name='recommendations_interest_person_subject_unique')],
            },
        ),
        migrations.CreateModel(
            name='LoanLength',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, verbose_name='item type')),
                ('days', models.FloatField(verbose_name='days')),
                ('week', models.DateField(blank=True, null=True, verbose_name='Monday of the week of the return')),
                ('simulated', models.BooleanField(default=False, verbose_name='simulated')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lengths', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loan duration',
                'verbose_name_plural': 'loan durations',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Lost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(db_index=True, max_length=64, verbose_name='barcode')),
                ('title', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='title')),
                ('state', models.CharField(choices=[('lost', 'lost'), ('found', 'found again'), ('done', 'done')], default='lost', max_length=5, verbose_name='state')),
                ('fee', models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name='fee')),
                ('lost_at', models.DateTimeField(verbose_name='recorded as lost')),
                ('found_at', models.DateTimeField(blank=True, null=True, verbose_name='found')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='lost', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'lost item',
                'verbose_name_plural': 'lost items',
                'ordering': ('-lost_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'lost')), fields=('item',), name='one_open_loss_per_item')],
            },
        ),
        migrations.CreateModel(
            name='OpenLoan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('loan', models.CharField(max_length=64, unique=True, verbose_name='loan')),
                ('item', models.CharField(db_index=True, max_length=64, verbose_name='barcode')),
                ('title', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='title')),
                ('type', models.CharField(blank=True, max_length=64, verbose_name='item type')),
                ('out_at', models.DateTimeField(verbose_name='checked out')),
                ('due', models.DateTimeField(verbose_name='due')),
                ('renewals', models.PositiveSmallIntegerField(default=0, verbose_name='renewals')),
                ('believed', models.BooleanField(default=True, verbose_name='times certain')),
                ('handed_in_at', models.DateTimeField(blank=True, null=True, verbose_name='returned at')),
                ('lost', models.BooleanField(default=False, verbose_name='recorded as lost')),
                ('basis', models.CharField(choices=[('own', "patron's own returns"), ('type', 'item type only'), ('none', 'no data yet')], default='none', max_length=4, verbose_name='basis')),
                ('first', models.CharField(choices=[('own', "patron's own returns"), ('type', 'item type only'), ('none', 'no data yet')], default='none', max_length=4, verbose_name='basis of the first forecast')),
                ('middle', models.FloatField(blank=True, null=True)),
                ('spread', models.FloatField(blank=True, null=True)),
                ('by_type', models.FloatField(blank=True, null=True)),
                ('usual', models.DateField(blank=True, null=True, verbose_name='usual return')),
                ('likely', models.DateField(blank=True, null=True, verbose_name='likely return')),
                ('late', models.FloatField(blank=True, null=True, verbose_name='probability overdue')),
                ('why', models.CharField(choices=[('habit', "patron's usual day"), ('due', 'due date'), ('chosen', "patron's choice")], default='due', max_length=6, verbose_name='reminder basis')),
                ('chosen', models.DateField(blank=True, null=True, verbose_name='day chosen by the patron')),
                ('remind_at', models.DateTimeField(blank=True, null=True, verbose_name='reminder')),
                ('early_at', models.DateTimeField(blank=True, null=True, verbose_name='early reminder')),
                ('told_for', models.DateTimeField(blank=True, null=True, verbose_name='due date of the reminder')),
                ('early_for', models.DateTimeField(blank=True, null=True, verbose_name='due date of the early reminder')),
                ('told', models.PositiveSmallIntegerField(default=0, verbose_name='reminders')),
                ('message', models.CharField(blank=True, db_index=True, max_length=120, verbose_name='key of the last reminder')),
                ('rung', models.PositiveSmallIntegerField(default=0, verbose_name='days at last overdue notice')),
                ('lettered', models.PositiveSmallIntegerField(default=0, verbose_name='days at last overdue letter')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_loans', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'open loan',
                'verbose_name_plural': 'open loans',
                'ordering': ('due', 'id'),
                'indexes': [models.Index(fields=['remind_at'], name='reminder_remind'), models.Index(fields=['early_at'], name='reminder_early'), models.Index(fields=['due'], name='reminder_due')],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('says', models.CharField(choices=[('like', 'like'), ('not', 'not for me')], max_length=4, verbose_name='rating')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('step', models.SmallIntegerField(default=0, verbose_name='change of the interval in days')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opinions', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'title rating',
                'verbose_name_plural': 'title ratings',
                'ordering': ('-at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='recommendations_opinion_person_title_unique')],
            },
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, verbose_name='item type')),
                ('basis', models.CharField(choices=[('own', "patron's own returns"), ('type', 'item type only'), ('none', 'no data yet')], max_length=4, verbose_name='basis')),
                ('middle', models.FloatField(verbose_name='forecast median of the log duration')),
                ('spread', models.FloatField(verbose_name='forecast spread of the log duration')),
                ('by_type', models.FloatField(verbose_name='median by item type only')),
                ('days', models.FloatField(verbose_name='days')),
                ('late', models.BooleanField(verbose_name='overdue')),
                ('judged_on', models.DateField(db_index=True, verbose_name='counted from')),
                ('simulated', models.BooleanField(default=False, verbose_name='simulated')),
            ],
            options={
                'verbose_name': 'forecast and outcome',
                'verbose_name_plural': 'forecasts and outcomes',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='OverdueNoticeStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(unique=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days after the due date')),
            ],
            options={
                'verbose_name': 'overdue notice',
                'verbose_name_plural': 'overdue notices',
                'ordering': ('days',),
            },
        ),
        migrations.CreateModel(
            name='Overview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='as of')),
                ('told', models.JSONField(verbose_name='figures')),
            ],
            options={
                'verbose_name': 'overview of segments',
                'verbose_name_plural': 'overviews of segments',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='ReadingPreferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keep', models.PositiveSmallIntegerField(blank=True, default=5, null=True, verbose_name='loans kept')),
                ('infer', models.BooleanField(default=True, verbose_name='interests are inferred')),
                ('days', models.PositiveSmallIntegerField(default=14, verbose_name='days between recommendations')),
                ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='last recommended')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='taste', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'taste',
                'verbose_name_plural': 'tastes',
            },
        ),
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rank')),
                ('score', models.FloatField(verbose_name='score')),
                ('why', models.CharField(choices=[('borrowed', 'borrowed together with a title in the history'), ('author', 'the same author'), ('heading', 'the same subject heading'), ('subject', 'the same subject'), ('words', 'similar')], max_length=8, verbose_name='reason')),
                ('of', models.CharField(blank=True, max_length=300, verbose_name='based on title')),
                ('new', models.BooleanField(default=False, verbose_name='new title')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'recommendation',
                'verbose_name_plural': 'recommendations',
                'ordering': ('rank', 'id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title', 'new'), name='recommendations_recommendation_person_title_new_unique')],
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out', models.BooleanField(default=False, verbose_name='excluded')),
                ('words', models.JSONField(blank=True, default=dict, max_length=160, verbose_name='comment')),
                ('title', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='remark', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'comment on a new title',
                'verbose_name_plural': 'comments on new titles',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='ReminderSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('moment', models.TimeField(default=datetime.time(10, 0), verbose_name='time of day for reminders')),
                ('before', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(60)], verbose_name='latest reminder, days before due date')),
                ('early', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MaxValueValidator(60)], verbose_name='early reminder, days before due date')),
                ('risk', models.FloatField(default=0.3, validators=[django.core.validators.MinValueValidator(0.01), django.core.validators.MaxValueValidator(1.0)], verbose_name='overdue probability for an early reminder')),
                ('first_visits', models.PositiveSmallIntegerField(default=9, verbose_name='first visits always with early reminder')),
                ('lost_after', models.PositiveSmallIntegerField(default=60, help_text='0: never automatically.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days overdue until lost')),
                ('lost_fee', models.DecimalField(decimal_places=2, default=0, help_text='0: staff charge it manually.', max_digits=9, validators=[django.core.validators.MinValueValidator(0)], verbose_name='lost-item fee')),
            ],
        ),
        migrations.CreateModel(
            name='SegmentGreeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new'), ('regular', 'regular'), ('champion', 'frequent'), ('at_risk', 'lapsing'), ('hibernating', 'lapsed')], max_length=12, unique=True, verbose_name='segment')),
                ('words', models.JSONField(blank=True, default=dict, max_length=80, verbose_name='sentence')),
                ('on', models.BooleanField(default=True, verbose_name='shown at kiosks')),
            ],
            options={
                'verbose_name': 'kiosk message',
                'verbose_name_plural': 'kiosk messages',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='SegmentMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new'), ('regular', 'regular'), ('champion', 'frequent'), ('at_risk', 'lapsing'), ('hibernating', 'lapsed')], db_index=True, max_length=12, verbose_name='segment')),
                ('since', models.DateField(verbose_name='since')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='segment', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': "patron's segment",
                'verbose_name_plural': "patrons' segments",
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='SegmentRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new'), ('regular', 'regular'), ('champion', 'frequent'), ('at_risk', 'lapsing'), ('hibernating', 'lapsed')], max_length=12, unique=True, verbose_name='segment')),
                ('heading', models.JSONField(default=dict, max_length=120, verbose_name='heading')),
                ('body', models.JSONField(default=dict, max_length=1000, verbose_name='text')),
                ('on', models.BooleanField(default=False, verbose_name='runs nightly')),
            ],
            options={
                'verbose_name': 'segment rule',
                'verbose_name_plural': 'segment rules',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='TitleLoanCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(unique=True, verbose_name='title')),
                ('weight', models.FloatField(verbose_name='weight')),
                ('day', models.DateField(verbose_name='as of')),
            ],
            options={
                'verbose_name': 'borrowed title',
                'verbose_name_plural': 'borrowed titles',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='TypeHabit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, unique=True, verbose_name='item type')),
                ('middle', models.FloatField(verbose_name='median of the log duration')),
                ('spread', models.FloatField(verbose_name='spread of the log duration')),
                ('returns', models.PositiveIntegerField(verbose_name='returns used')),
                ('own_offset', models.FloatField(default=0.0, verbose_name='forecast offset from patron returns')),
                ('own_factor', models.FloatField(default=1.0, verbose_name='factor of the spread')),
                ('type_offset', models.FloatField(default=0.0, verbose_name='forecast offset from item type')),
                ('type_factor', models.FloatField(default=1.0, verbose_name='factor of the spread')),
                ('by_median', models.BooleanField(default=False, verbose_name='forecast by patron median')),
            ],
            options={
                'verbose_name': 'item type pattern',
                'verbose_name_plural': 'item type patterns',
                'ordering': ('type',),
            },
        ),
        migrations.CreateModel(
            name='VisitPattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekdays', models.JSONField(default=list, verbose_name='visits by weekday, from Monday')),
                ('last_visit', models.DateField(blank=True, null=True, verbose_name='last visit')),
                ('shift', models.FloatField(default=0.0, verbose_name='log duration offset')),
                ('doubt', models.FloatField(default=0.0, verbose_name='offset variance')),
                ('median', models.FloatField(default=0.0, verbose_name='median log duration of the last returns')),
                ('returns', models.PositiveIntegerField(default=0, verbose_name='returns used')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rhythm', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'visit pattern',
                'verbose_name_plural': 'visit patterns',
            },
        ),
        migrations.CreateModel(
            name='WeeklyLoans',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('monday', models.DateField(db_index=True, verbose_name='week from')),
                ('loans', models.PositiveIntegerField(default=0, verbose_name='loans')),
                ('kinds', models.PositiveIntegerField(default=0, verbose_name='subject classes')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weeks', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'weekly loans',
                'verbose_name_plural': 'weekly loans',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'monday'), name='recommendations_weeklyloans_person_monday_unique')],
            },
        ),
        migrations.RunPython(add_steps, migrations.RunPython.noop),
    ]
