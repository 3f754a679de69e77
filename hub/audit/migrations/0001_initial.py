import hub.catalogue.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import hub.audit.models
import hub.circulation.models
import hub.core.clock
import hub.core.encrypted_fields
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('circulation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessLogEntry',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('at', models.DateTimeField(db_index=True, verbose_name='at')),
                ('staff', models.CharField(max_length=150, verbose_name='staff')),
                ('ref', models.CharField(max_length=64, verbose_name='pseudonym')),
                ('act', models.CharField(choices=[('desk', 'served at desk'), ('page', "patron's page"), ('record', 'record'), ('export', 'export'), ('erase', 'erasure page'), ('lists', 'list of loans or fees'), ('borrower', 'last borrower of an item')], max_length=8, verbose_name='page opened')),
                ('reason', models.CharField(choices=[('card', 'card scanned'), ('here', 'patron present without card'), ('asked', 'patron called or wrote'), ('loans', 'overdue, fee or lost item'), ('holds', 'hold to handle'), ('record', 'record to check or complete'), ('fault', 'fault at a kiosk, or a complaint')], max_length=8, verbose_name='reason')),
                ('words', models.CharField(blank=True, max_length=200, verbose_name='comment')),
                ('card', models.BooleanField(verbose_name='card present')),
                ('hash', models.CharField(max_length=64, verbose_name='hash')),
            ],
            options={
                'verbose_name': 'access log entry',
                'verbose_name_plural': 'access log',
                'ordering': ('-number',),
                'default_permissions': (),
                'indexes': [models.Index(fields=['staff', 'at'], name='audit_acces_staff_b28a71_idx')],
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('many', 'many patrons without card'), ('all', 'many patrons, cards included'), ('export', 'patron data exported')], max_length=8, verbose_name='kind')),
                ('staff', models.CharField(max_length=150, verbose_name='staff')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('ref', models.CharField(blank=True, max_length=64, verbose_name='pseudonym')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='access log')),
                ('seen_by', models.CharField(blank=True, max_length=150, verbose_name='seen by')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='seen')),
            ],
            options={
                'verbose_name': 'alarm',
                'verbose_name_plural': 'alarms',
                'ordering': ('-at', '-id'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ChainEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
                ('hash', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Drill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('rows', models.PositiveBigIntegerField(verbose_name='rows')),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('differs', models.JSONField(default=list, verbose_name='mismatch')),
            ],
            options={
                'ordering': ('-at', '-id'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistoricalBranch',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_weekdays', models.JSONField(blank=True, default=list, help_text='0 is Monday, 6 is Sunday.', validators=[hub.catalogue.models.weekdays], verbose_name='closed weekdays')),
                ('opening_hours', models.JSONField(blank=True, default=list, help_text='Seven times from Monday on, such as 09:00-18:00; empty if closed. Kiosks show them.', validators=[hub.catalogue.models.week_hours], verbose_name='opening hours')),
                ('return_place', models.CharField(blank=True, help_text='Shown to patrons: a bin, a shelf.', max_length=60, verbose_name='location for returned items')),
                ('hold_place', models.CharField(blank=True, max_length=60, verbose_name='location for returned items on hold')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical branch',
                'verbose_name_plural': 'historical branches',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalClosedDay',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('reason', models.CharField(blank=True, max_length=100, verbose_name='reason')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('branch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical closed day',
                'verbose_name_plural': 'historical closed days',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalFeeRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('overdue', 'late return, for each day'), ('not_collected', 'hold not collected')], max_length=13, verbose_name='charged for')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, validators=[django.core.validators.MinValueValidator(0)], verbose_name='amount')),
                ('grace_days', models.PositiveSmallIntegerField(default=0, help_text='Within them nothing is charged.', validators=[django.core.validators.MaxValueValidator(60)], verbose_name='days of grace')),
                ('cap', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='at most')),
                ('since', models.DateTimeField(default=hub.core.clock.now, editable=False)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='circulation.patroncategory', verbose_name='patron category')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item_type', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.itemtype', verbose_name='item type')),
            ],
            options={
                'verbose_name': 'historical fee rule',
                'verbose_name_plural': 'historical fee rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalItemType',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical item type',
                'verbose_name_plural': 'historical item types',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalLibrary',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('timezone', models.CharField(default='Asia/Shanghai', help_text='IANA name.', max_length=64, validators=[hub.circulation.models.validate_timezone], verbose_name='time zone')),
                ('currency', models.CharField(default='CNY', max_length=3, verbose_name='currency')),
                ('charges', models.BooleanField(default=False, help_text='If not, staff see fees only where a patron owes one.', verbose_name='charges fees')),
                ('offline_cap', models.PositiveSmallIntegerField(default=10, verbose_name='offline loans per patron')),
                ('hold_days', models.PositiveSmallIntegerField(default=7, verbose_name='days a hold stays on the hold shelf')),
                ('holds', models.PositiveSmallIntegerField(default=10, help_text='Applies to holds at kiosks and on the portal. Staff decide at the desk.', verbose_name='holds per patron')),
                ('named_days', models.PositiveSmallIntegerField(default=30, help_text='For disputes and for late rows of offline kiosks. Then title and patron are no longer linked.', validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(400)], verbose_name='days a closed loan keeps its patron')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical library',
                'verbose_name_plural': 'historical library',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPatronCategory',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('membership_months', models.PositiveSmallIntegerField(blank=True, help_text='Empty: the membership does not expire.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months of membership')),
                ('membership_fee', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, validators=[django.core.validators.MinValueValidator(0)], verbose_name='fee for a membership')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical patron category',
                'verbose_name_plural': 'historical patron categories',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalUser',
            fields=[
                ('id', models.IntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('username', models.CharField(db_index=True, error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical user',
                'verbose_name_plural': 'historical users',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalFee',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('overdue', 'overdue'), ('lost', 'lost item'), ('damage', 'damage'), ('membership', 'membership'), ('not_collected', 'hold not collected'), ('other', 'other')], max_length=13, verbose_name='kind')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='amount')),
                ('paid', models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name='paid')),
                ('waived', models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name='waived')),
                ('charged_at', models.DateTimeField(verbose_name='charged')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patron', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='circulation.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'historical fee',
                'verbose_name_plural': 'historical fees',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPatron',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('ref', models.CharField(db_index=True, default=hub.circulation.models.new_ref, editable=False, max_length=32, verbose_name='reference')),
                ('status', models.CharField(choices=[('active', 'active'), ('blocked', 'blocked'), ('provisional', 'provisional')], default='active', max_length=12, verbose_name='status')),
                ('expires', models.DateField(blank=True, null=True, verbose_name='expires')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='circulation.patroncategory', verbose_name='patron category')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical patron',
                'verbose_name_plural': 'historical patrons',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loan period in days')),
                ('hours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loan period in hours')),
                ('limit', models.PositiveSmallIntegerField(default=10, verbose_name='loans of any type')),
                ('type_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loans of this type')),
                ('renewals', models.PositiveSmallIntegerField(default=2, verbose_name='renewals')),
                ('earliest_renewal', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='renewable from days before due date')),
                ('fee_threshold', models.DecimalField(decimal_places=2, default=Decimal('10'), max_digits=9, verbose_name='fees above which borrowing stops')),
                ('reading_room_only', models.BooleanField(default=False, verbose_name='in-house use only')),
                ('renews_awaited', models.BooleanField(default=False, verbose_name='renewable despite holds')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('branch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='circulation.patroncategory', verbose_name='patron category')),
                ('edition', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='circulation.ruleversion', verbose_name='version')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item_type', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.itemtype', verbose_name='item type')),
            ],
            options={
                'verbose_name': 'historical rule',
                'verbose_name_plural': 'historical rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=1000, verbose_name='what happened')),
                ('noticed_at', models.DateTimeField(verbose_name='noticed')),
                ('opened_at', models.DateTimeField(verbose_name='recorded at')),
                ('opened_by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('affected', models.JSONField(default=list, verbose_name='affected patrons (pseudonyms)')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'incident',
                'verbose_name_plural': 'incidents',
                'ordering': ('-noticed_at', '-id'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True, verbose_name='version')),
                ('words', models.TextField(verbose_name='Chinese')),
                ('words_en', models.TextField(blank=True, verbose_name='English')),
                ('at', models.DateTimeField(verbose_name='effective from')),
                ('by', models.CharField(max_length=150, verbose_name='recorded by')),
            ],
            options={
                'verbose_name': 'policy',
                'verbose_name_plural': 'policies',
                'ordering': ('-version',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=64)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'hash'), name='audit_recoverycode_user_hash_unique')],
            },
        ),
        migrations.CreateModel(
            name='Rights',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'permissions': (('work', 'work'), ('serve', 'serve'), ('record', 'record'), ('export', 'export'), ('decide', 'decide'), ('answer', 'answer'), ('publish', 'publish'), ('survey', 'survey'), ('settle', 'settle'), ('audit', 'audit'), ('catalogue', 'catalogue')),
                'managed': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SecuritySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('second_step', models.BooleanField(default=True, verbose_name='second step required for staff')),
                ('mass', models.PositiveSmallIntegerField(default=20, verbose_name='patrons per hour without card')),
                ('mass_in_all', models.PositiveSmallIntegerField(default=60, verbose_name='patrons per hour, with card included')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TotpDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('key', hub.core.encrypted_fields.EncryptedTextField(default=hub.audit.models.new_key)),
                ('drift', models.SmallIntegerField(default=0)),
                ('last_t', models.BigIntegerField(default=-1)),
                ('user', models.ForeignKey(help_text='The user that this device belongs to.', on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Acknowledgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff', models.CharField(max_length=150, verbose_name='staff')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acknowledged', to='audit.policy', verbose_name='policy')),
            ],
            options={
                'ordering': ('at', 'id'),
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('policy', 'staff'), name='audit_acknowledgement_policy_staff_unique')],
            },
        ),
        migrations.CreateModel(
            name='IncidentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('done', 'done'), ('told', 'notified'), ('closed', 'closed')], max_length=8, verbose_name='kind')),
                ('whom', models.CharField(blank=True, max_length=200, verbose_name='notified')),
                ('words', models.CharField(max_length=1000, verbose_name='content')),
                ('by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='audit.incident', verbose_name='incident')),
            ],
            options={
                'ordering': ('at', 'id'),
                'default_permissions': (),
            },
        ),
    ]
