import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Lent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(unique=True, verbose_name='title')),
                ('weight', models.FloatField(verbose_name='weight')),
                ('day', models.DateField(verbose_name='as of')),
            ],
            options={
                'verbose_name': 'title lent',
                'verbose_name_plural': 'titles lent',
                'ordering': ('id',),
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
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new, promising'), ('regular', 'regular'), ('champion', 'champion'), ('at_risk', 'at risk'), ('hibernating', 'hibernating')], max_length=12, unique=True, verbose_name='segment')),
                ('heading_zh', models.CharField(max_length=80, verbose_name='heading in Chinese')),
                ('body_zh', models.TextField(max_length=500, verbose_name='text in Chinese')),
                ('heading_en', models.CharField(max_length=80, verbose_name='heading in English')),
                ('body_en', models.TextField(max_length=500, verbose_name='text in English')),
                ('on', models.BooleanField(default=False, verbose_name='runs every night')),
            ],
            options={
                'verbose_name': 'segment rule',
                'verbose_name_plural': 'segment rules',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Welcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new, promising'), ('regular', 'regular'), ('champion', 'champion'), ('at_risk', 'at risk'), ('hibernating', 'hibernating')], max_length=12, unique=True, verbose_name='segment')),
                ('words_zh', models.CharField(blank=True, max_length=40, verbose_name='sentence in Chinese')),
                ('words_en', models.CharField(blank=True, max_length=40, verbose_name='sentence in English')),
                ('on', models.BooleanField(default=True, verbose_name='shown at kiosks')),
            ],
            options={
                'verbose_name': 'word at kiosks',
                'verbose_name_plural': 'words at kiosks',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new, promising'), ('regular', 'regular'), ('champion', 'champion'), ('at_risk', 'at risk'), ('hibernating', 'hibernating')], db_index=True, max_length=12, verbose_name='segment')),
                ('since', models.DateField(verbose_name='since')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='segment', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': "patron's segment",
                'verbose_name_plural': "patrons' segments",
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Taste',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keep', models.PositiveSmallIntegerField(blank=True, default=5, null=True, verbose_name='loans kept')),
                ('infer', models.BooleanField(default=True, verbose_name='interests are inferred')),
                ('days', models.PositiveSmallIntegerField(default=14, verbose_name='days between recommendations')),
                ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='last recommended')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='taste', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'taste',
                'verbose_name_plural': 'tastes',
            },
        ),
        migrations.CreateModel(
            name='Together',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('low', models.PositiveBigIntegerField(verbose_name='title')),
                ('high', models.PositiveBigIntegerField(verbose_name='other title')),
                ('weight', models.FloatField(verbose_name='weight')),
                ('day', models.DateField(verbose_name='as of')),
            ],
            options={
                'verbose_name': 'titles lent together',
                'verbose_name_plural': 'titles lent together',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('low', 'high'), name='reading_pair_once')],
            },
        ),
        migrations.CreateModel(
            name='Had',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('at', models.DateTimeField(verbose_name='lent')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='had', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loan in her history',
                'verbose_name_plural': 'loans in her history',
                'ordering': ('-at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='reading_had_once')],
            },
        ),
        migrations.CreateModel(
            name='Interest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=40, verbose_name='class or subject')),
                ('weight', models.FloatField(default=1.0, verbose_name='weight')),
                ('source', models.CharField(choices=[('inferred', 'from her loans'), ('hers', 'named by herself'), ('removed', 'removed by herself')], max_length=8, verbose_name='source')),
                ('of', models.JSONField(blank=True, default=list, verbose_name='came from')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interests', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'interest',
                'verbose_name_plural': 'interests',
                'ordering': ('-weight', 'subject'),
                'constraints': [models.UniqueConstraint(fields=('person', 'subject'), name='reading_interest_once')],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('says', models.CharField(choices=[('like', 'like'), ('not', 'not for me')], max_length=4, verbose_name='says')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opinions', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'opinion of a title',
                'verbose_name_plural': 'opinions of titles',
                'ordering': ('-at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='reading_opinion_once')],
            },
        ),
        migrations.CreateModel(
            name='Pick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.PositiveBigIntegerField(verbose_name='title')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rank')),
                ('score', models.FloatField(verbose_name='score')),
                ('why', models.CharField(choices=[('borrowed', 'lent together with a title that she had'), ('author', 'the same author'), ('heading', 'the same subject heading'), ('subject', 'the same subject'), ('words', 'alike')], max_length=8, verbose_name='reason')),
                ('of', models.CharField(blank=True, max_length=300, verbose_name='of')),
                ('new', models.BooleanField(default=False, verbose_name='new in the library')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'recommendation',
                'verbose_name_plural': 'recommendations',
                'ordering': ('rank', 'id'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title', 'new'), name='reading_pick_once')],
            },
        ),
        migrations.CreateModel(
            name='Week',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('monday', models.DateField(db_index=True, verbose_name='week from')),
                ('loans', models.PositiveIntegerField(default=0, verbose_name='loans')),
                ('kinds', models.PositiveIntegerField(default=0, verbose_name='kinds of books')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weeks', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loans of a week',
                'verbose_name_plural': 'loans by week',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'monday'), name='reading_week_once')],
            },
        ),
    ]
