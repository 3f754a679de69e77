import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('delivery', '0001_initial'),
        ('people', '0001_initial'),
        ('voice', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Poster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('title_en', models.CharField(blank=True, max_length=90, verbose_name='title in English')),
                ('words', models.CharField(blank=True, max_length=200, verbose_name='words')),
                ('words_en', models.CharField(blank=True, max_length=300, verbose_name='words in English')),
                ('picture', models.BinaryField(blank=True, null=True, verbose_name='picture')),
                ('mark', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the picture')),
                ('width', models.PositiveSmallIntegerField(default=0, verbose_name='width')),
                ('height', models.PositiveSmallIntegerField(default=0, verbose_name='height')),
                ('first', models.DateField(verbose_name='shown from')),
                ('last', models.DateField(verbose_name='shown until')),
                ('on_kiosks', models.BooleanField(default=True, verbose_name="on the kiosks' screens")),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('branches', models.ManyToManyField(blank=True, related_name='+', to='catalogue.branch', verbose_name='branches')),
                ('event', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='poster', to='voice.course', verbose_name='event')),
            ],
            options={
                'verbose_name': 'poster',
                'verbose_name_plural': 'posters',
                'ordering': ('-first', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heading_zh', models.CharField(max_length=60, verbose_name='heading in Chinese')),
                ('body_zh', models.TextField(max_length=500, verbose_name='text in Chinese')),
                ('heading_en', models.CharField(max_length=90, verbose_name='heading in English')),
                ('body_en', models.TextField(max_length=800, verbose_name='text in English')),
                ('heading_b_zh', models.CharField(blank=True, max_length=60, verbose_name='heading B in Chinese')),
                ('heading_b_en', models.CharField(blank=True, max_length=90, verbose_name='heading B in English')),
                ('segments', models.JSONField(blank=True, default=list, verbose_name='segments')),
                ('interests', models.JSONField(blank=True, default=list, verbose_name='interests')),
                ('groups', models.JSONField(blank=True, default=list, verbose_name='groups')),
                ('branches', models.JSONField(blank=True, default=list, verbose_name='branches')),
                ('hold_out', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, in percent')),
                ('days', models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(90)], verbose_name='watched for days')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('sent', 'Sent'), ('closed', 'Over')], default='draft', max_length=9, verbose_name='state')),
                ('send_at', models.DateTimeField(blank=True, null=True, verbose_name='goes at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='went at')),
                ('until', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='watched until')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='figures')),
                ('poster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='campaigns', to='campaigns.poster', verbose_name='leads to')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
                'ordering': ('-made_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('a', 'A'), ('b', 'B'), ('held', 'held out')], default='a', max_length=4, verbose_name='part')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='link opened')),
                ('came_at', models.DateTimeField(null=True, verbose_name='came in')),
                ('lent_at', models.DateTimeField(null=True, verbose_name='borrowed')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='campaigns.campaign', verbose_name='campaign')),
                ('message', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='delivery.message', verbose_name='message')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='campaigns', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'person of a campaign',
                'verbose_name_plural': 'people of campaigns',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('campaign', 'person'), name='campaign_person_once')],
            },
        ),
    ]
