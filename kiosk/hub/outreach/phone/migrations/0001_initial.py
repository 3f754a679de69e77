import django.db.models.deletion
import kiosk.hub.outreach.people.sealed
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Used',
            fields=[
                ('mark', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='keyed hash')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
            ],
            options={
                'verbose_name': 'used link',
                'verbose_name_plural': 'used links',
            },
        ),
        migrations.CreateModel(
            name='Knock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('at', models.DateTimeField(db_index=True, verbose_name='at')),
            ],
            options={
                'verbose_name': 'knock',
                'verbose_name_plural': 'knocks',
                'indexes': [models.Index(fields=['who', 'at'], name='phone_knock_who')],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64, unique=True, verbose_name='keyed hash')),
                ('scope', models.CharField(choices=[('loans', 'loans'), ('reading', 'recommendations'), ('answers', 'questions and answers'), ('all', 'everything')], max_length=8, verbose_name='scope')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'visit by phone',
                'verbose_name_plural': 'visits by phone',
            },
        ),
        migrations.CreateModel(
            name='Asked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('of', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('number', kiosk.hub.outreach.people.sealed.SealedText(blank=True, verbose_name='number')),
                ('mark', models.CharField(db_index=True, max_length=64, verbose_name='keyed hash of the code')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='wrong tries')),
                ('code', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.code', verbose_name='code')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'asked for a code',
                'verbose_name_plural': 'asked for codes',
                'indexes': [models.Index(fields=['of', 'at'], name='phone_asked_of')],
            },
        ),
    ]
