import django.db.models.deletion
import kiosk.hub.outreach.voice.models.surveys
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
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='Left empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('kind', models.CharField(choices=[('course', 'Course'), ('event', 'Event')], default='course', max_length=6)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('words', models.TextField(blank=True, verbose_name='what it is about')),
                ('words_en', models.TextField(blank=True, verbose_name='what it is about, in English')),
                ('topic', models.CharField(blank=True, max_length=100)),
                ('shown', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Intake',
            fields=[
                ('id', models.CharField(max_length=80, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='Left empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('url', models.URLField(max_length=500, verbose_name='web address')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('words_en', models.CharField(blank=True, max_length=300, verbose_name='description in English')),
                ('access', models.CharField(choices=[('all', 'Open to all'), ('card', 'With a card'), ('house', 'In the library')], default='all', max_length=10, verbose_name='access')),
                ('place', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ('place', 'pk'),
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
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('face', models.PositiveSmallIntegerField(null=True)),
                ('words', models.TextField()),
                ('kiosk', models.CharField(blank=True, max_length=64)),
                ('came_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('new', 'New'), ('owned', 'In hand'), ('answered', 'Answered'), ('published', 'Published'), ('aside', 'Set aside')], default='new', max_length=10)),
                ('due', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='people.person')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due'], name='voice_feedb_state_85d8fb_idx')],
            },
        ),
        migrations.CreateModel(
            name='HowItWas',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('face', models.PositiveSmallIntegerField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.title')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('title', 'month', 'face'), name='how_it_was_once'), models.CheckConstraint(condition=models.Q(('face__in', [1, 2, 3])), name='one_of_three_faces')],
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
                'constraints': [models.UniqueConstraint(fields=('words', 'week', 'branch'), name='one_count_per_week')],
            },
        ),
        migrations.CreateModel(
            name='Published',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said', models.CharField(max_length=300, verbose_name='you said')),
                ('said_en', models.CharField(blank=True, max_length=300, verbose_name='you said, in English')),
                ('did', models.CharField(max_length=300, verbose_name='we did')),
                ('did_en', models.CharField(blank=True, max_length=300, verbose_name='we did, in English')),
                ('on', models.DateField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('feedback', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='published', to='voice.feedback')),
            ],
            options={
                'ordering': ('-on', '-pk'),
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
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='one_form_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Begun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='voice.questionnaire')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'questionnaire'), name='one_beginning_each')],
            },
        ),
        migrations.CreateModel(
            name='Answers',
            fields=[
                ('id', models.IntegerField(default=kiosk.hub.outreach.voice.models.surveys.anywhere, primary_key=True, serialize=False)),
                ('anonymous', models.BooleanField()),
                ('kiosk', models.CharField(blank=True, max_length=64)),
                ('on', models.DateField()),
                ('values', models.JSONField()),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalogue.branch')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='people.person')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='voice.questionnaire')),
            ],
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
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='voice.course')),
            ],
            options={
                'ordering': ('begins', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('booked', 'Booked'), ('queued', 'Waiting list'), ('came', 'Came'), ('away', 'Did not come')], default='booked', max_length=10)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bookings', to='people.person')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bookings', to='voice.session')),
            ],
            options={
                'ordering': ('at', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('session', 'person'), name='one_place_per_person')],
            },
        ),
        migrations.CreateModel(
            name='Taken',
            fields=[
                ('id', models.IntegerField(default=kiosk.hub.outreach.voice.models.surveys.anywhere, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40)),
                ('times', models.PositiveSmallIntegerField(default=0)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'code'), name='one_count_per_questionnaire')],
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
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tickets', to='people.person')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due'], name='voice_ticke_state_385c96_idx')],
            },
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_staff', models.BooleanField()),
                ('words', models.TextField()),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='voice.ticket')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Wish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read', models.CharField(blank=True, max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='people.person')),
                ('suggestion', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='voice.suggestion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('suggestion', 'person'), name='one_wish_per_title')],
            },
        ),
        migrations.CreateModel(
            name='Face',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('face', models.PositiveSmallIntegerField()),
                ('on', models.DateField()),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
            ],
            options={
                'indexes': [models.Index(fields=['on', 'branch'], name='voice_face_on_9afe74_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('face__gte', 1), ('face__lte', 5)), name='one_of_five_faces')],
            },
        ),
    ]
