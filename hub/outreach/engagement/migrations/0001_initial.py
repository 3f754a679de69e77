import django.core.validators
import django.db.models.deletion
import hub.outreach.engagement.feedback.models
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('messaging', '0001_initial'),
        ('patrons', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Asking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kinds', models.JSONField(default=list, verbose_name='kinds')),
            ],
            options={
                'verbose_name': 'order of questions',
                'verbose_name_plural': 'order of questions',
            },
        ),
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('course', 'Course'), ('event', 'Event')], default='course', max_length=6)),
                ('name', models.JSONField(default=dict, max_length=200, verbose_name='name')),
                ('words', models.JSONField(blank=True, default=dict, max_length=4000, verbose_name='what it is about')),
                ('audience', models.JSONField(blank=True, default=dict, max_length=100, verbose_name='who it is for')),
                ('price', models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='price, 0 if free')),
                ('reading', models.CharField(blank=True, max_length=100, verbose_name='catalogue search for related books')),
                ('topic', models.CharField(blank=True, max_length=100)),
                ('shown', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('face', models.PositiveSmallIntegerField(null=True)),
                ('words', models.TextField()),
                ('kiosk', models.CharField(blank=True, max_length=64)),
                ('came_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('new', 'New'), ('owned', 'In progress'), ('answered', 'Answered'), ('published', 'Published'), ('aside', 'Set aside')], default='new', max_length=10)),
                ('due', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='patrons.person')),
            ],
            options={
                'verbose_name': 'opinion',
                'verbose_name_plural': 'opinions',
                'indexes': [models.Index(fields=['state', 'due'], name='engagement__state_c01358_idx')],
            },
        ),
        migrations.CreateModel(
            name='Intake',
            fields=[
                ('id', models.CharField(max_length=80, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='LastAsked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32, verbose_name='kind')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'asked',
                'verbose_name_plural': 'asked',
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='engagement_lastasked_person_kind_unique')],
            },
        ),
        migrations.CreateModel(
            name='MissedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=100)),
                ('week', models.DateField()),
                ('branch', models.CharField(blank=True, max_length=32)),
                ('times', models.PositiveIntegerField(default=0)),
                ('settled', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('words', 'week', 'branch'), name='engagement_missedsearch_words_week_branch_unique')],
            },
        ),
        migrations.CreateModel(
            name='MonthlyReferrals',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True, verbose_name='month')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='count')),
            ],
            options={
                'verbose_name': 'monthly referrals',
                'verbose_name_plural': 'monthly referrals',
                'ordering': ('month',),
            },
        ),
        migrations.CreateModel(
            name='Questionnaire',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='short name')),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('form', models.JSONField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('closed', 'Closed')], default='draft', max_length=10)),
                ('anonymous', models.BooleanField(default=True, verbose_name='anonymous')),
                ('opens', models.DateField(null=True, verbose_name='opens on')),
                ('closes', models.DateField(null=True, verbose_name='closes on')),
                ('quota', models.PositiveSmallIntegerField(default=1, verbose_name='times per patron')),
                ('every', models.PositiveSmallIntegerField(default=0, verbose_name='again after months')),
                ('invites', models.BooleanField(default=False, verbose_name='invite by message')),
                ('made_at', models.DateTimeField()),
                ('branches', models.ManyToManyField(blank=True, related_name='+', to='catalogue.branch')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='engagement_questionnaire_code_version_unique')],
            },
        ),
        migrations.CreateModel(
            name='ReadingCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('books', models.PositiveIntegerField(default=0, verbose_name='books')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='record', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'reading count',
                'verbose_name_plural': 'reading counts',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='ReferralCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8, unique=True, verbose_name='code')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('brought', models.PositiveIntegerField(default=0, verbose_name='referred patrons')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='invitation', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'referral code',
                'verbose_name_plural': 'referral codes',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.JSONField(default=dict, max_length=200, verbose_name='name')),
                ('url', models.URLField(max_length=500, verbose_name='web address')),
                ('words', models.JSONField(blank=True, default=dict, max_length=300, verbose_name='description')),
                ('access', models.CharField(choices=[('all', 'Open to all'), ('card', 'With a card'), ('house', 'In the library')], default='all', max_length=10, verbose_name='access')),
                ('place', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ('place', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='SmileyRating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('face', models.PositiveSmallIntegerField()),
                ('on', models.DateField()),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
            ],
            options={
                'indexes': [models.Index(fields=['on', 'branch'], name='engagement__on_5bb5fc_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('face__gte', 1), ('face__lte', 5)), name='smiley_rating_from_1_to_5')],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('isbn', models.CharField(blank=True, max_length=13)),
                ('words', models.CharField(blank=True, max_length=200)),
                ('known_as', models.CharField(max_length=200, unique=True)),
                ('asked', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('new', 'New'), ('ordered', 'Ordered'), ('arrived', 'Arrived'), ('declined', 'Declined')], db_index=True, default='new', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('first_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SurveyParticipation',
            fields=[
                ('id', models.IntegerField(default=hub.outreach.engagement.feedback.models.anywhere, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40)),
                ('times', models.PositiveSmallIntegerField(default=0)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'code'), name='engagement_surveyparticipation_person_code_unique')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('find', 'Finding a book or paper'), ('study', 'Study and research'), ('card', 'Card and loans'), ('digital', 'Databases and e-books'), ('visit', 'Rooms and visits'), ('other', 'Something else')], max_length=10)),
                ('state', models.CharField(choices=[('open', 'To answer'), ('answered', 'Answered'), ('closed', 'Closed')], default='open', max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('due', models.DateTimeField(null=True)),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalogue.branch')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tickets', to='patrons.person')),
            ],
            options={
                'verbose_name': 'question to staff',
                'verbose_name_plural': 'questions to staff',
                'indexes': [models.Index(fields=['state', 'due'], name='engagement__state_7a491b_idx')],
            },
        ),
        migrations.CreateModel(
            name='TitleRating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('face', models.PositiveSmallIntegerField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('title', 'month', 'face'), name='engagement_titlerating_title_month_face_unique'), models.CheckConstraint(condition=models.Q(('face__in', [1, 2, 3])), name='title_rating_from_1_to_3')],
            },
        ),
        migrations.CreateModel(
            name='PartialResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='patrons.person')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='engagement.questionnaire')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'questionnaire'), name='engagement_partialresponse_person_questionnaire_unique')],
            },
        ),
        migrations.CreateModel(
            name='Poster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.JSONField(default=dict, max_length=90, verbose_name='title')),
                ('words', models.JSONField(blank=True, default=dict, max_length=300, verbose_name='text')),
                ('picture', models.BinaryField(blank=True, null=True, verbose_name='picture')),
                ('mark', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the picture')),
                ('width', models.PositiveSmallIntegerField(default=0, verbose_name='width')),
                ('height', models.PositiveSmallIntegerField(default=0, verbose_name='height')),
                ('first', models.DateField(verbose_name='shown from')),
                ('last', models.DateField(verbose_name='shown until')),
                ('on_kiosks', models.BooleanField(default=True, verbose_name='on kiosk screens')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('branches', models.ManyToManyField(blank=True, related_name='+', to='catalogue.branch', verbose_name='branches')),
                ('event', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='poster', to='engagement.course', verbose_name='event')),
            ],
            options={
                'verbose_name': 'poster',
                'verbose_name_plural': 'posters',
                'ordering': ('-first', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Published',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said', models.JSONField(default=dict, max_length=600, verbose_name='you said')),
                ('did', models.JSONField(default=dict, max_length=600, verbose_name='we did')),
                ('on', models.DateField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('feedback', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='published', to='engagement.feedback')),
            ],
            options={
                'ordering': ('-on', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='ReferredPatron',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='newcomers', to='engagement.referralcode', verbose_name='referral code')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='newcomer', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'referred patron',
                'verbose_name_plural': 'referred patrons',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('room', models.CharField(blank=True, max_length=100, verbose_name='room')),
                ('begins', models.DateTimeField(db_index=True, verbose_name='begins')),
                ('ends', models.DateTimeField(verbose_name='ends')),
                ('places', models.PositiveSmallIntegerField(verbose_name='places')),
                ('cancelled', models.BooleanField(default=False)),
                ('came', models.PositiveSmallIntegerField(null=True)),
                ('stayed_away', models.PositiveSmallIntegerField(null=True)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='engagement.course')),
            ],
            options={
                'ordering': ('begins', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='SuggestionFollower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read', models.CharField(blank=True, max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='patrons.person')),
                ('suggestion', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='engagement.suggestion')),
            ],
            options={
                'verbose_name': 'title suggestion',
                'verbose_name_plural': 'title suggestions',
                'constraints': [models.UniqueConstraint(fields=('suggestion', 'person'), name='engagement_suggestionfollower_suggestion_person_unique')],
            },
        ),
        migrations.CreateModel(
            name='SurveyResponse',
            fields=[
                ('id', models.IntegerField(default=hub.outreach.engagement.feedback.models.anywhere, primary_key=True, serialize=False)),
                ('anonymous', models.BooleanField()),
                ('kiosk', models.CharField(blank=True, max_length=64)),
                ('on', models.DateField()),
                ('values', models.JSONField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalogue.branch')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='patrons.person')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='engagement.questionnaire')),
            ],
            options={
                'verbose_name': 'questionnaire answer',
                'verbose_name_plural': 'questionnaire answers',
            },
        ),
        migrations.CreateModel(
            name='TicketMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_staff', models.BooleanField()),
                ('words', models.TextField()),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='engagement.ticket')),
            ],
            options={
                'verbose_name': 'message of a question to staff',
                'verbose_name_plural': 'messages of questions to staff',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('booked', 'Booked'), ('queued', 'Waiting list'), ('came', 'Came'), ('away', 'Did not come')], default='booked', max_length=10)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bookings', to='patrons.person')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bookings', to='engagement.session')),
            ],
            options={
                'verbose_name': 'booked place',
                'verbose_name_plural': 'booked places',
                'ordering': ('at', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('session', 'person'), name='engagement_booking_session_person_unique')],
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heading', models.JSONField(default=dict, max_length=90, verbose_name='heading')),
                ('body', models.JSONField(default=dict, max_length=800, verbose_name='text')),
                ('heading_b', models.JSONField(blank=True, default=dict, max_length=90, verbose_name='heading B')),
                ('segments', models.JSONField(blank=True, default=list, verbose_name='segments')),
                ('interests', models.JSONField(blank=True, default=list, verbose_name='interests')),
                ('groups', models.JSONField(blank=True, default=list, verbose_name='patron categories')),
                ('branches', models.JSONField(blank=True, default=list, verbose_name='branches')),
                ('hold_out', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='control group (%)')),
                ('days', models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(90)], verbose_name='days observed')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('sent', 'Sent'), ('closed', 'Ended')], default='draft', max_length=9, verbose_name='state')),
                ('send_at', models.DateTimeField(blank=True, null=True, verbose_name='scheduled for')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('until', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='observed until')),
                ('by', models.CharField(max_length=150, verbose_name='created by')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='figures')),
                ('poster', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='campaigns', to='engagement.poster', verbose_name='links to')),
            ],
            options={
                'verbose_name': 'campaign',
                'verbose_name_plural': 'campaigns',
                'ordering': ('-made_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='CampaignRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('a', 'A'), ('b', 'B'), ('held', 'control group')], default='a', max_length=4, verbose_name='variant')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='link opened')),
                ('came_at', models.DateTimeField(null=True, verbose_name='visited')),
                ('lent_at', models.DateTimeField(null=True, verbose_name='borrowed')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='engagement.campaign', verbose_name='campaign')),
                ('message', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.message', verbose_name='message')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='campaigns', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'campaign recipient',
                'verbose_name_plural': 'campaign recipients',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('campaign', 'person'), name='engagement_campaignrecipient_campaign_person_unique')],
            },
        ),
        migrations.CreateModel(
            name='Journey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('occasion', models.CharField(choices=[('welcome', 'Welcome'), ('lapsing', 'Lapsing'), ('won_back', 'Won back'), ('expiry', 'Card about to expire'), ('first_hold', 'First hold'), ('school_year', 'School year'), ('card_day', 'Anniversary of the card')], max_length=12, verbose_name='occasion')),
                ('segment', models.CharField(blank=True, max_length=24, verbose_name='segment')),
                ('goal', models.CharField(choices=[('visit', 'visits the library'), ('third_visit', 'has visited three times'), ('borrow', 'borrows'), ('renew', 'renews the card'), ('answer', 'answers at the kiosk')], max_length=12, verbose_name='goal')),
                ('span', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(156)], verbose_name='weeks or days')),
                ('day', models.CharField(blank=True, max_length=5, verbose_name='day of the year')),
                ('steps', models.JSONField(default=list, verbose_name='steps')),
                ('hold_out', models.PositiveSmallIntegerField(default=20, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='control group (%)')),
                ('days', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(180)], verbose_name='days observed')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('paused', 'Paused'), ('ended', 'Ended')], default='draft', max_length=8, verbose_name='state')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('enrolled_until', models.DateField(blank=True, null=True, verbose_name='occasions until')),
                ('by', models.CharField(max_length=150, verbose_name='created by')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('trial', models.JSONField(blank=True, default=dict, verbose_name='trial')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='figures')),
            ],
            options={
                'verbose_name': 'journey',
                'verbose_name_plural': 'journeys',
                'ordering': ('-made_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='PatronSegment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('rules', models.JSONField(default=dict, verbose_name='rules')),
                ('by', models.CharField(max_length=150, verbose_name='created by')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'segment by rules',
                'verbose_name_plural': 'segments by rules',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='JourneyMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('on', 'Journey'), ('held', 'Control group')], default='on', max_length=4, verbose_name='variant')),
                ('day', models.DateField(verbose_name='day of the occasion')),
                ('began_at', models.DateTimeField(verbose_name='began')),
                ('until', models.DateTimeField(verbose_name='observed until')),
                ('step', models.PositiveSmallIntegerField(default=0, verbose_name='steps done')),
                ('step_at', models.DateTimeField(verbose_name='last step')),
                ('next_at', models.DateTimeField(blank=True, null=True, verbose_name='next step')),
                ('came_at', models.DateTimeField(blank=True, null=True, verbose_name='last visit')),
                ('visits', models.PositiveSmallIntegerField(default=0, verbose_name='days with visits')),
                ('acted_at', models.DateTimeField(blank=True, null=True, verbose_name='goal reached at')),
                ('end', models.CharField(blank=True, choices=[('goal', 'goal reached'), ('stopped', 'no consent any more'), ('done', 'all steps done')], max_length=8, verbose_name='end')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='engagement.journey', verbose_name='journey')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='journeys', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'patron on a journey',
                'verbose_name_plural': 'patrons on journeys',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='journey_member_due')],
                'constraints': [models.UniqueConstraint(fields=('journey', 'person'), name='engagement_journeymember_journey_person_unique')],
            },
        ),
        migrations.CreateModel(
            name='SegmentService',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(max_length=32, verbose_name='segment')),
                ('reason', models.JSONField(default=dict, max_length=80, verbose_name='reason, to the patron')),
                ('days', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(90)], verbose_name='days longer per loan')),
                ('loans', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='more loans')),
                ('renewals', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='more renewals')),
                ('head_start', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(14)], verbose_name='days that a hold counts as placed earlier')),
                ('greeting', models.JSONField(blank=True, default=dict, max_length=80, verbose_name='greeting')),
                ('begins', models.DateField(verbose_name='first day')),
                ('ends', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('by', models.CharField(max_length=150, verbose_name='created by')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('published_by', models.CharField(blank=True, max_length=150, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'service for a segment',
                'verbose_name_plural': 'services for segments',
                'ordering': ('begins', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends', None), ('ends__gte', models.F('begins')), _connector='OR'), name='service_ends_after_it_begins', violation_error_message='The last day must not be before the first.')],
            },
        ),
        migrations.CreateModel(
            name='ServiceObjection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='no_services', to='patrons.person', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'objection to services for segments',
                'verbose_name_plural': 'objections to services for segments',
            },
        ),
        migrations.CreateModel(
            name='ServiceMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(verbose_name='since')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='services', to='patrons.person', verbose_name='patron')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='engagement.segmentservice', verbose_name='service for a segment')),
            ],
            options={
                'verbose_name': 'service that a patron has',
                'verbose_name_plural': 'services that patrons have',
                'constraints': [models.UniqueConstraint(fields=('person', 'service'), name='one_membership_per_service')],
            },
        ),
    ]
