import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import hub.circulation.models
import hub.core.encrypted_fields
from decimal import Decimal
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeMark',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('token', models.CharField(max_length=16)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ('number',),
            },
        ),
        migrations.CreateModel(
            name='CirculationEvent',
            fields=[
                ('id', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('kind', models.CharField(max_length=32, verbose_name='kind')),
                ('data', models.JSONField(verbose_name='data')),
            ],
            options={
                'verbose_name': 'circulation event',
                'verbose_name_plural': 'circulation events',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='ClosedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('reason', models.CharField(blank=True, max_length=100, verbose_name='reason')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='closed_days', to='catalogue.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'closed day',
                'verbose_name_plural': 'closed days',
                'ordering': ('day',),
            },
        ),
        migrations.CreateModel(
            name='FeedCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('nameless', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='InHouseUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='at')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='used', to='catalogue.item', verbose_name='item')),
            ],
            options={
                'verbose_name': 'in-house use',
                'verbose_name_plural': 'in-house uses',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Kiosk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=64, unique=True, verbose_name='name')),
                ('returns', models.CharField(choices=[('provisional', 'returned, until staff check the book'), ('bin', 'returned when the bin sensor detects it'), ('trusted', 'returned when scanned')], default='provisional', max_length=11, verbose_name='return confirmation mode')),
                ('proves', models.BooleanField(default=False, editable=False, verbose_name='sends proofs')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('seen_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last seen')),
                ('journal', models.CharField(blank=True, editable=False, max_length=36, verbose_name='journal')),
                ('max_contiguous_seq', models.PositiveBigIntegerField(default=0, editable=False, verbose_name='all rows received up to number')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kiosks', to='catalogue.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'kiosk',
                'verbose_name_plural': 'kiosks',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='Library',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('timezone', models.CharField(default='Asia/Shanghai', help_text='IANA name.', max_length=64, validators=[hub.circulation.models.validate_timezone], verbose_name='time zone')),
                ('currency', models.CharField(default='CNY', max_length=3, verbose_name='currency')),
                ('charges', models.BooleanField(default=False, help_text='If not, staff see fees only where a patron owes one.', verbose_name='charges fees')),
                ('offline_cap', models.PositiveSmallIntegerField(default=10, verbose_name='offline loans per patron')),
                ('hold_days', models.PositiveSmallIntegerField(default=7, verbose_name='days a hold stays on the hold shelf')),
                ('holds', models.PositiveSmallIntegerField(default=10, help_text='Applies to holds at kiosks and on the portal. Staff decide at the desk.', verbose_name='holds per patron')),
                ('named_days', models.PositiveSmallIntegerField(default=30, help_text='For disputes and for late rows of offline kiosks. Then title and patron are no longer linked.', validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(400)], verbose_name='days a closed loan keeps its patron')),
                ('card_key_check', models.CharField(blank=True, editable=False, max_length=64)),
                ('followed_since', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'library',
                'verbose_name_plural': 'library',
            },
        ),
        migrations.CreateModel(
            name='PatronCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('membership_months', models.PositiveSmallIntegerField(blank=True, help_text='Empty: the membership does not expire.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months of membership')),
                ('membership_fee', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=9, validators=[django.core.validators.MinValueValidator(0)], verbose_name='fee for a membership')),
            ],
            options={
                'verbose_name': 'patron category',
                'verbose_name_plural': 'patron categories',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='PolicyMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=36)),
            ],
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(blank=True, null=True, unique=True, verbose_name='valid from')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='change and reason')),
                ('begun_at', models.DateTimeField(verbose_name='draft started')),
                ('begun_by', models.CharField(max_length=150, verbose_name='draft started by')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('published_by', models.CharField(blank=True, max_length=150, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'rule version',
                'verbose_name_plural': 'rule versions',
                'ordering': ('since', 'pk'),
                'constraints': [models.UniqueConstraint(models.Value(1), condition=models.Q(('since', None)), name='one_draft_of_rules'), models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('since', None)), models.Q(('published_at__isnull', False), ('since__isnull', False)), _connector='OR'), name='published_rules_have_a_date')],
            },
        ),
        migrations.CreateModel(
            name='SnapshotChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('card', 'Card'), ('item', 'Item'), ('policy', 'Policy'), ('title', 'Title'), ('floors', 'Floors')], max_length=8)),
                ('what', models.CharField(max_length=64)),
                ('number', models.PositiveBigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['number', 'id'], name='circulation_number_40dbbb_idx')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'what'), name='circulation_snapshotchange_kind_what_unique')],
            },
        ),
        migrations.CreateModel(
            name='UnnumberedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('what', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Patron',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=32, unique=True, verbose_name='patron identifier')),
                ('ref', models.CharField(default=hub.circulation.models.new_ref, editable=False, max_length=32, unique=True, verbose_name='reference')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('status', models.CharField(choices=[('active', 'active'), ('blocked', 'blocked'), ('provisional', 'provisional')], default='active', max_length=12, verbose_name='status')),
                ('expires', models.DateField(blank=True, null=True, verbose_name='expires')),
                ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                ('pin', models.CharField(blank=True, editable=False, max_length=200, verbose_name='PIN hash')),
                ('past', models.PositiveIntegerField(default=0, editable=False, verbose_name='closed loans without title or patron')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='patrons', to='circulation.patroncategory', verbose_name='patron category')),
            ],
            options={
                'verbose_name': 'patron',
                'verbose_name_plural': 'patrons',
                'ordering': ('identifier',),
                'indexes': [models.Index(fields=['name'], name='circulation_name_b8dc45_idx')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loan period in days')),
                ('hours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loan period in hours')),
                ('limit', models.PositiveSmallIntegerField(default=10, verbose_name='loans of any type')),
                ('type_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='loans of this type')),
                ('renewals', models.PositiveSmallIntegerField(default=2, verbose_name='renewals')),
                ('earliest_renewal', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='renewable from days before due date')),
                ('fee_threshold', models.DecimalField(decimal_places=2, default=Decimal('10'), max_digits=9, verbose_name='fees above which borrowing stops')),
                ('reading_room_only', models.BooleanField(default=False, verbose_name='in-house use only')),
                ('renews_awaited', models.BooleanField(default=False, verbose_name='renewable despite holds')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='catalogue.branch', verbose_name='branch')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='circulation.patroncategory', verbose_name='patron category')),
                ('item_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='catalogue.itemtype', verbose_name='item type')),
                ('edition', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='circulation.ruleversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'rule',
                'verbose_name_plural': 'rules',
                'constraints': [models.UniqueConstraint(django.db.models.functions.comparison.Coalesce('edition', 0), django.db.models.functions.comparison.Coalesce('category', 0), django.db.models.functions.comparison.Coalesce('item_type', 0), django.db.models.functions.comparison.Coalesce('branch', 0), name='one_rule_per_combination', violation_error_message='A rule for this combination already exists.'), models.CheckConstraint(condition=models.Q(('reading_room_only', True), models.Q(('days__isnull', True), ('hours__isnull', False)), models.Q(('days__isnull', False), ('hours__isnull', True)), _connector='OR'), name='rule_has_days_or_hours', violation_error_message='Enter the loan period in days or in hours, not both.')],
            },
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seen', models.BooleanField(verbose_name='checked by staff')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='catalogue.item', verbose_name='item')),
                ('kiosk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'last seen record of a copy',
                'verbose_name_plural': 'last seen records of copies',
                'ordering': ('-at', 'id'),
                'constraints': [models.UniqueConstraint(fields=('item', 'seen'), name='circulation_sighting_item_seen_unique')],
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False, verbose_name='number')),
                ('journal', models.CharField(blank=True, max_length=36, verbose_name='journal')),
                ('seq', models.PositiveBigIntegerField(verbose_name='sequence')),
                ('boot', models.CharField(max_length=64, verbose_name='boot')),
                ('mono_ns', models.BigIntegerField(verbose_name='monotonic time, ns')),
                ('at', models.DateTimeField(verbose_name='at the kiosk')),
                ('trust', models.CharField(max_length=10, verbose_name="trust in the kiosk's time")),
                ('kind', models.CharField(max_length=32, verbose_name='kind')),
                ('body', models.TextField(verbose_name='body')),
                ('body_hash', models.CharField(max_length=64, verbose_name='body hash')),
                ('no_block', models.BooleanField(verbose_name='no block')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('happened_at', models.DateTimeField(blank=True, help_text='Calculated by the hub; empty if unknown.', null=True, verbose_name='happened')),
                ('outcome', models.CharField(choices=[('accepted', 'accepted'), ('refused', 'refused'), ('set_aside', 'set aside')], max_length=10, verbose_name='outcome')),
                ('answer', models.JSONField(verbose_name='answer')),
                ('code', models.CharField(db_index=True, max_length=6, verbose_name='receipt code')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='circulation.kiosk', verbose_name='kiosk')),
            ],
            options={
                'verbose_name': 'transaction',
                'verbose_name_plural': 'transactions',
                'ordering': ('-received_at', '-seq'),
                'indexes': [models.Index(fields=['kiosk', 'journal', 'seq'], name='circulation_kiosk_i_4ac19b_idx'), models.Index(fields=['kiosk', 'journal', 'received_at'], name='circulation_kiosk_i_9cbaea_idx'), models.Index(fields=['kiosk', 'received_at'], name='circulation_kiosk_i_a8225c_idx'), models.Index(condition=models.Q(('body', ''), _negated=True), fields=['received_at', 'id'], name='transactions_with_body')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=64, unique=True, verbose_name='keyed hash')),
                ('last4', models.CharField(max_length=4, verbose_name='last four')),
                ('status', models.CharField(choices=[('active', 'active'), ('blocked', 'blocked'), ('lost', 'lost')], default='active', max_length=10, verbose_name='status')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cards', to='circulation.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'card',
                'verbose_name_plural': 'cards',
            },
        ),
        migrations.CreateModel(
            name='CardDisplayPreferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', hub.core.encrypted_fields.EncryptedTextField()),
                ('patron', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look', to='circulation.patron', verbose_name='patron')),
            ],
        ),
        migrations.CreateModel(
            name='CardRecommendations',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('picks', models.TextField()),
                ('patron', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='carried', to='circulation.patron', verbose_name='patron')),
            ],
        ),
        migrations.CreateModel(
            name='ExceptionCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('refused', 'refused after confirmation'), ('set_aside', 'not readable'), ('conflict', 'same number, different content'), ('gap', 'rows are missing'), ('untold', 'done, patron not informed'), ('against', 'done despite the rules'), ('no_key', 'encrypted to a missing key'), ('unopened', 'encrypted to a lost key'), ('alarm', 'alarm about a kiosk')], max_length=10, verbose_name='kind')),
                ('reason', models.CharField(help_text='Code of the reason.', max_length=64, verbose_name='reason')),
                ('facts', models.JSONField(blank=True, default=dict, verbose_name='reason details')),
                ('detail', models.CharField(blank=True, max_length=500, verbose_name='detail')),
                ('journal', models.CharField(blank=True, max_length=36, verbose_name='journal')),
                ('seq', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='sequence')),
                ('last_seq', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='up to sequence')),
                ('raw', models.TextField(blank=True, verbose_name='as received')),
                ('raw_hash', models.CharField(blank=True, editable=False, max_length=64, null=True)),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('resolved_at', models.DateTimeField(blank=True, null=True, verbose_name='resolved')),
                ('resolved_by', models.CharField(blank=True, max_length=150, verbose_name='resolved by')),
                ('resolution', models.CharField(blank=True, max_length=300, verbose_name='resolution')),
                ('kiosk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exceptions', to='circulation.kiosk', verbose_name='kiosk')),
                ('transaction', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exceptions', to='circulation.transaction', verbose_name='transaction')),
            ],
            options={
                'verbose_name': 'exception',
                'verbose_name_plural': 'exceptions',
                'ordering': ('opened_at', 'id'),
                'indexes': [models.Index(fields=['resolved_at', 'opened_at'], name='circulation_resolve_5b8605_idx'), models.Index(fields=['kiosk', 'journal', 'seq'], name='circulation_kiosk_i_cc09b9_idx')],
                'constraints': [models.UniqueConstraint(fields=('kiosk', 'journal', 'raw_hash'), name='circulation_exceptioncase_kiosk_journal_raw_hash_unique')],
            },
        ),
        migrations.CreateModel(
            name='Fee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('overdue', 'overdue'), ('lost', 'lost item'), ('damage', 'damage'), ('membership', 'membership'), ('not_collected', 'hold not collected'), ('other', 'other')], max_length=13, verbose_name='kind')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='amount')),
                ('paid', models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name='paid')),
                ('waived', models.DecimalField(decimal_places=2, default=0, max_digits=9, verbose_name='waived')),
                ('charged_at', models.DateTimeField(verbose_name='charged')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalogue.item', verbose_name='item')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='circulation.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'fee',
                'verbose_name_plural': 'fees',
                'ordering': ('charged_at', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('paid__gte', 0), ('waived__gte', 0), ('amount__gte', django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('waived')))), name='settled_within_fee')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='amount')),
                ('means', models.CharField(choices=[('cash', 'cash'), ('card', 'bank card'), ('mobile', 'mobile payment'), ('transfer', 'bank transfer')], default='cash', max_length=8, verbose_name='means of payment')),
                ('at', models.DateTimeField(db_index=True, verbose_name='paid')),
                ('staff', models.CharField(max_length=150, verbose_name='taken by')),
                ('reversed_at', models.DateTimeField(blank=True, null=True, verbose_name='reversed')),
                ('reversed_by', models.CharField(blank=True, max_length=150, verbose_name='reversed by')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='circulation.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='PaymentPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='amount')),
                ('fee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='circulation.fee', verbose_name='fee')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='circulation.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'part of a payment',
                'verbose_name_plural': 'parts of payments',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=9, verbose_name='amount')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(db_index=True, verbose_name='waived')),
                ('staff', models.CharField(max_length=150, verbose_name='waived by')),
                ('fee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waivers', to='circulation.fee', verbose_name='fee')),
            ],
            options={
                'verbose_name': 'waiver',
                'verbose_name_plural': 'waivers',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('ready', 'ready'), ('collected', 'collected'), ('cancelled', 'cancelled')], default='waiting', max_length=10, verbose_name='state')),
                ('placed_at', models.DateTimeField(verbose_name='placed')),
                ('shelf', models.CharField(blank=True, max_length=40, verbose_name='hold shelf')),
                ('until', models.DateField(blank=True, null=True, verbose_name='pickup until')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('nameless', models.BooleanField(default=False, editable=False, verbose_name='patron no longer stored')),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='catalogue.item', verbose_name='item')),
                ('pickup', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='pickup branch')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='catalogue.title', verbose_name='title')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='circulation.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
                'ordering': ('placed_at', 'id'),
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', False), ('nameless', False)), fields=['closed_at', 'id'], name='holds_not_anonymised')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'ready')), fields=('item',), name='one_ready_hold_per_item'), models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'ready'))), fields=('patron', 'title'), name='one_open_hold_per_title')],
            },
        ),
        migrations.CreateModel(
            name='Loan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('on_loan', 'on loan'), ('handed_in', 'returned, not checked'), ('returned', 'returned'), ('undone', 'undone'), ('gone', 'written off')], default='on_loan', max_length=10, verbose_name='state')),
                ('checked_out_at', models.DateTimeField(verbose_name='checked out')),
                ('due', models.DateTimeField(verbose_name='due')),
                ('reckoned', models.BooleanField(default=False, help_text='The ILS sent an unreadable date. The next import corrects it.', verbose_name='due date estimated')),
                ('renewals', models.PositiveSmallIntegerField(default=0, verbose_name='renewals')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('transaction', models.UUIDField(blank=True, null=True, unique=True, verbose_name='transaction')),
                ('unverified', models.BooleanField(default=False, verbose_name='checked out without required PIN')),
                ('asked_back_at', models.DateTimeField(blank=True, null=True, verbose_name='recalled')),
                ('uncertain', models.BooleanField(default=False, help_text='Checked out or returned with an unreliable clock: no fee is charged.', verbose_name='times uncertain')),
                ('nameless', models.BooleanField(default=False, editable=False, verbose_name='patron no longer stored')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='branch')),
                ('displaced', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.hold', verbose_name='hold whose copy was used')),
                ('former', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.loan', verbose_name='earlier loan of the same patron it closed')),
                ('hold', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='filled_by', to='circulation.hold', verbose_name='hold filled')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='catalogue.item', verbose_name='item')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='circulation.patron', verbose_name='patron')),
                ('rule', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.rule', verbose_name='rule')),
            ],
            options={
                'verbose_name': 'loan',
                'verbose_name_plural': 'loans',
                'ordering': ('-checked_out_at', '-id'),
                'indexes': [models.Index(fields=['patron', 'state'], name='circulation_patron__31cdbd_idx'), models.Index(fields=['state', 'due'], name='circulation_state_ee2e89_idx'), models.Index(condition=models.Q(('closed_at__isnull', False), ('nameless', False)), fields=['closed_at', 'id'], name='loans_not_anonymised')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('on_loan', 'handed_in'))), fields=('item',), name='one_open_loan_per_item')],
            },
        ),
        migrations.CreateModel(
            name='Transit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('noted_at', models.DateTimeField(verbose_name='recorded at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('arrived_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='arrived')),
                ('hold', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='transits', to='circulation.hold', verbose_name='for hold')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transits', to='catalogue.item', verbose_name='item')),
                ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='from branch')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.branch', verbose_name='to branch')),
            ],
            options={
                'verbose_name': 'transfer',
                'verbose_name_plural': 'transfers',
                'ordering': ('noted_at', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('arrived_at', None)), fields=('item',), name='one_open_transfer_per_item')],
            },
        ),
        migrations.CreateModel(
            name='PendingReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='returned, not checked')),
                ('transaction', models.UUIDField(blank=True, null=True, unique=True, verbose_name='transaction')),
                ('state', models.CharField(choices=[('waiting', 'returned, not checked'), ('found', 'found'), ('lent', 'checked out again'), ('reopened', 'loan reopened')], default='waiting', max_length=10, verbose_name='state')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('kiosk', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.kiosk', verbose_name='kiosk')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handed_in', to='circulation.loan', verbose_name='loan')),
            ],
            options={
                'verbose_name': 'returned, not checked',
                'verbose_name_plural': 'returned, not checked',
                'ordering': ('at', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('loan',), name='one_waiting_return_per_loan')],
            },
        ),
        migrations.CreateModel(
            name='Renewal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('due_before', models.DateTimeField(verbose_name='due before')),
                ('due_after', models.DateTimeField(verbose_name='due after')),
                ('transaction', models.UUIDField(blank=True, null=True, unique=True, verbose_name='transaction')),
                ('undone', models.BooleanField(default=False, verbose_name='undone')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renewed', to='circulation.loan', verbose_name='loan')),
                ('rule_before', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='circulation.rule', verbose_name='rule before')),
            ],
            options={
                'verbose_name': 'renewal',
                'verbose_name_plural': 'renewals',
                'ordering': ('id',),
            },
        ),
    ]
