import django.db.models.deletion
import hub.core.encrypted_fields
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('patrons', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AvailabilityAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('agreed', models.CharField(max_length=40, verbose_name='consent text version')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='awaited', to='patrons.person', verbose_name='person')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='awaited', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'availability alert',
                'verbose_name_plural': 'availability alerts',
                'ordering': ('at', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('person', 'title', 'branch'), name='portal_availabilityalert_person_title_branch_unique'), models.UniqueConstraint(condition=models.Q(('branch', None)), fields=('person', 'title'), name='portal_availabilityalert_any_branch_unique')],
            },
        ),
        migrations.CreateModel(
            name='DisplayPreferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', hub.core.encrypted_fields.EncryptedTextField(verbose_name='screen settings')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'screen settings',
                'verbose_name_plural': 'screen settings',
            },
        ),
        migrations.CreateModel(
            name='NotifiedTitle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='told_of', to='patrons.person', verbose_name='person')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'title of a notification',
                'verbose_name_plural': 'titles of notifications',
                'constraints': [models.UniqueConstraint(fields=('person', 'title'), name='portal_notifiedtitle_person_title_unique')],
            },
        ),
        migrations.CreateModel(
            name='PortalSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64, unique=True, verbose_name='keyed hash')),
                ('scope', models.CharField(choices=[('loans', 'loans'), ('reading', 'recommendations'), ('answers', 'questions and replies'), ('all', 'everything')], max_length=8, verbose_name='scope')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'portal visit',
                'verbose_name_plural': 'portal visits',
            },
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=80, verbose_name='search words')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='searches', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'saved search',
                'verbose_name_plural': 'saved searches',
                'ordering': ('since', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('person', 'words'), name='portal_savedsearch_person_words_unique')],
            },
        ),
        migrations.CreateModel(
            name='SignInRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('of', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('number', hub.core.encrypted_fields.EncryptedTextField(blank=True, verbose_name='number')),
                ('channel', models.CharField(blank=True, choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=8, verbose_name='channel')),
                ('mark', models.CharField(db_index=True, max_length=64, verbose_name='keyed hash of the code')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('code', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.code', verbose_name='code')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'code request',
                'verbose_name_plural': 'code requests',
                'indexes': [models.Index(fields=['of', 'at'], name='portal_signinrequest_of')],
            },
        ),
        migrations.CreateModel(
            name='StaffSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=80, verbose_name='search words')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='searches', to=settings.AUTH_USER_MODEL, verbose_name='staff member')),
            ],
            options={
                'verbose_name': 'staff search',
                'verbose_name_plural': 'staff searches',
                'ordering': ('since', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('user', 'words'), name='portal_staffsearch_user_words_unique')],
            },
        ),
        migrations.CreateModel(
            name='UsedLink',
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
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='date added')),
                ('seen', models.BooleanField(default=False, verbose_name='seen')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title', verbose_name='title')),
                ('search', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='portal.staffsearch', verbose_name='search')),
            ],
            options={
                'verbose_name': 'arrival',
                'verbose_name_plural': 'arrivals',
                'ordering': ('-at', '-pk'),
                'constraints': [models.UniqueConstraint(fields=('search', 'title'), name='portal_arrival_search_title_unique')],
            },
        ),
    ]
