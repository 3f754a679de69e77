import datetime
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration

STEPS = (1, 7, 21)
"""Days after the due date at which a new library sends its overdue notices."""


def add_steps(apps, schema_editor):
    step = apps.get_model("habit", "Step")
    for days in STEPS:
        step.objects.create(days=days)


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Fit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='learnt')),
                ('loans', models.PositiveIntegerField(verbose_name='loans')),
                ('between', models.FloatField(verbose_name='variance between patrons')),
                ('share', models.FloatField(verbose_name="patrons' share of the variance")),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('calibration', models.JSONField(default=dict, verbose_name='how well it came true')),
            ],
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, verbose_name='item type')),
                ('basis', models.CharField(choices=[('own', 'her own returns'), ('type', 'the item type alone'), ('none', 'nothing yet')], max_length=4, verbose_name='basis')),
                ('middle', models.FloatField(verbose_name='forecast middle of the log length')),
                ('spread', models.FloatField(verbose_name='forecast spread of the log length')),
                ('by_type', models.FloatField(verbose_name='middle by item type alone')),
                ('days', models.FloatField(verbose_name='days')),
                ('late', models.BooleanField(verbose_name='late')),
                ('judged_on', models.DateField(db_index=True, verbose_name='counts from')),
                ('simulated', models.BooleanField(default=False, verbose_name='simulated')),
            ],
            options={
                'verbose_name': 'forecast and outcome',
                'verbose_name_plural': 'forecasts and outcomes',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('moment', models.TimeField(default=datetime.time(10, 0), verbose_name='time of day at which reminders go out')),
                ('before', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(60)], verbose_name='days before the due date at the latest')),
                ('early', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MaxValueValidator(60)], verbose_name='days before the due date for the early reminder')),
                ('risk', models.FloatField(default=0.3, validators=[django.core.validators.MinValueValidator(0.01), django.core.validators.MaxValueValidator(1.0)], verbose_name='probability of being late from which there is an early reminder')),
                ('first_visits', models.PositiveSmallIntegerField(default=9, verbose_name='first visits with an early reminder in any case')),
                ('lost_after', models.PositiveSmallIntegerField(default=60, help_text='0: never by itself.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days after the due date from which an item counts as lost')),
                ('lost_fee', models.DecimalField(decimal_places=2, default=0, help_text='0: staff charge it by hand.', max_digits=9, validators=[django.core.validators.MinValueValidator(0)], verbose_name='fee for a lost item')),
            ],
        ),
        migrations.CreateModel(
            name='Step',
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
            name='TypeHabit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, unique=True, verbose_name='item type')),
                ('middle', models.FloatField(verbose_name='middle of the log length')),
                ('spread', models.FloatField(verbose_name='spread of the log length')),
                ('returns', models.PositiveIntegerField(verbose_name='returns learnt from')),
                ('own_offset', models.FloatField(default=0.0, verbose_name="offset of forecasts from the patron's returns")),
                ('own_factor', models.FloatField(default=1.0, verbose_name='factor of their spread')),
                ('type_offset', models.FloatField(default=0.0, verbose_name='offset of forecasts from the item type')),
                ('type_factor', models.FloatField(default=1.0, verbose_name='factor of their spread')),
                ('by_median', models.BooleanField(default=False, verbose_name="forecast by the patron's own median")),
            ],
            options={
                'verbose_name': "item type's habit",
                'verbose_name_plural': "item types' habits",
                'ordering': ('type',),
            },
        ),
        migrations.CreateModel(
            name='Length',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=64, verbose_name='item type')),
                ('days', models.FloatField(verbose_name='days')),
                ('week', models.DateField(blank=True, null=True, verbose_name='Monday of the week of the return')),
                ('simulated', models.BooleanField(default=False, verbose_name='simulated')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lengths', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loan length',
                'verbose_name_plural': 'loan lengths',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Rhythm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekdays', models.JSONField(default=list, verbose_name='visits by weekday, from Monday')),
                ('last_visit', models.DateField(blank=True, null=True, verbose_name='last visit')),
                ('shift', models.FloatField(default=0.0, verbose_name='shift of the log length')),
                ('doubt', models.FloatField(default=0.0, verbose_name='variance of the shift')),
                ('median', models.FloatField(default=0.0, verbose_name='median of the log length of the last returns')),
                ('returns', models.PositiveIntegerField(default=0, verbose_name='returns learnt from')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rhythm', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'rhythm',
                'verbose_name_plural': 'rhythms',
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
                ('lost_at', models.DateTimeField(verbose_name='declared lost')),
                ('found_at', models.DateTimeField(blank=True, null=True, verbose_name='found')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='lost', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'lost item',
                'verbose_name_plural': 'lost items',
                'ordering': ('-lost_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'lost')), fields=('item',), name='habit_lost_once')],
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
                ('out_at', models.DateTimeField(verbose_name='lent')),
                ('due', models.DateTimeField(verbose_name='due')),
                ('renewals', models.PositiveSmallIntegerField(default=0, verbose_name='renewals')),
                ('believed', models.BooleanField(default=True, verbose_name='its times are certain')),
                ('handed_in_at', models.DateTimeField(blank=True, null=True, verbose_name='handed in')),
                ('lost', models.BooleanField(default=False, verbose_name='declared lost')),
                ('basis', models.CharField(choices=[('own', 'her own returns'), ('type', 'the item type alone'), ('none', 'nothing yet')], default='none', max_length=4, verbose_name='basis')),
                ('first', models.CharField(choices=[('own', 'her own returns'), ('type', 'the item type alone'), ('none', 'nothing yet')], default='none', max_length=4, verbose_name='basis of the first forecast')),
                ('middle', models.FloatField(blank=True, null=True)),
                ('spread', models.FloatField(blank=True, null=True)),
                ('by_type', models.FloatField(blank=True, null=True)),
                ('usual', models.DateField(blank=True, null=True, verbose_name='usually back')),
                ('likely', models.DateField(blank=True, null=True, verbose_name='likely back')),
                ('late', models.FloatField(blank=True, null=True, verbose_name='how probably late')),
                ('why', models.CharField(choices=[('habit', 'her usual day'), ('due', 'the due date'), ('hers', 'her own choice')], default='due', max_length=5, verbose_name='reminder by')),
                ('chosen', models.DateField(blank=True, null=True, verbose_name='day she chose')),
                ('remind_at', models.DateTimeField(blank=True, null=True, verbose_name='reminder')),
                ('early_at', models.DateTimeField(blank=True, null=True, verbose_name='early reminder')),
                ('told_for', models.DateTimeField(blank=True, null=True, verbose_name='due date of the reminder')),
                ('early_for', models.DateTimeField(blank=True, null=True, verbose_name='due date of the early reminder')),
                ('told', models.PositiveSmallIntegerField(default=0, verbose_name='reminders')),
                ('message', models.CharField(blank=True, db_index=True, max_length=120, verbose_name='key of the last reminder')),
                ('rung', models.PositiveSmallIntegerField(default=0, verbose_name='days of the last overdue notice')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_loans', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'open loan',
                'verbose_name_plural': 'open loans',
                'ordering': ('due', 'id'),
                'indexes': [models.Index(fields=['remind_at'], name='habit_remind'), models.Index(fields=['early_at'], name='habit_early'), models.Index(fields=['due'], name='habit_due')],
            },
        ),
        migrations.RunPython(add_steps, migrations.RunPython.noop),
    ]
