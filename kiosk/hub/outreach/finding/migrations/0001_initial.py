import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('auth', '__first__'),
        ('catalogue', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=80, verbose_name='words')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='searches', to=settings.AUTH_USER_MODEL, verbose_name='member of staff')),
            ],
            options={
                'verbose_name': 'search of staff',
                'verbose_name_plural': 'searches of staff',
                'ordering': ('since', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('user', 'words'), name='search_once_per_user')],
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='came in')),
                ('seen', models.BooleanField(default=False, verbose_name='seen')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title', verbose_name='title')),
                ('search', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='finding.staffsearch', verbose_name='search')),
            ],
            options={
                'verbose_name': 'arrival',
                'verbose_name_plural': 'arrivals',
                'ordering': ('-at', '-pk'),
                'constraints': [models.UniqueConstraint(fields=('search', 'title'), name='arrival_once_per_search')],
            },
        ),
        migrations.CreateModel(
            name='Told',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='told_of', to='people.person', verbose_name='person')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='title_told_once')],
            },
        ),
        migrations.CreateModel(
            name='Awaited',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('agreed', models.CharField(max_length=40, verbose_name='version of the words')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='awaited', to='people.person', verbose_name='person')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='awaited', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'title that is waited for',
                'verbose_name_plural': 'titles that are waited for',
                'ordering': ('at', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='awaited_once_per_person')],
            },
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=80, verbose_name='words')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='searches', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'saved search',
                'verbose_name_plural': 'saved searches',
                'ordering': ('since', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('person', 'words'), name='search_once_per_person')],
            },
        ),
    ]
