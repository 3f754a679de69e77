import django.core.validators
import django.db.models.deletion
import hub.core.encrypted_fields
import uuid
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('patrons', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountLinkCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=10, verbose_name='channel')),
                ('mark', models.CharField(max_length=64, unique=True, verbose_name='keyed hash')),
                ('url', hub.core.encrypted_fields.EncryptedTextField(verbose_name='QR code content')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used')),
                ('end', models.CharField(blank=True, choices=[('bound', 'linked'), ('taken', 'already linked to another patron')], max_length=6, verbose_name='result')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'account linking code',
                'verbose_name_plural': 'account linking codes',
                'ordering': ('-until', '-id'),
            },
        ),
        migrations.CreateModel(
            name='FrequencyPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline transaction confirmed'), ('loan_refused', 'offline transaction refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'recorded as lost'), ('hold_ready', 'hold ready'), ('back', 'back on the shelf'), ('recall', 'recall'), ('answer', 'reply'), ('booking', 'event booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure request'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'referral thanks')], max_length=20, verbose_name='kind')),
                ('days', models.PositiveSmallIntegerField(verbose_name='days between messages')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='paces', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'message frequency',
                'verbose_name_plural': 'message frequencies',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='messaging_frequencypreference_person_kind_unique')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline transaction confirmed'), ('loan_refused', 'offline transaction refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'recorded as lost'), ('hold_ready', 'hold ready'), ('back', 'back on the shelf'), ('recall', 'recall'), ('answer', 'reply'), ('booking', 'event booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure request'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'referral thanks')], max_length=20, verbose_name='kind')),
                ('key', models.CharField(max_length=120, verbose_name='key')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='number')),
                ('facts', hub.core.encrypted_fields.EncryptedTextField(default='', verbose_name='content')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('next_at', models.DateTimeField(verbose_name='send after')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='useful until')),
                ('state', models.CharField(choices=[('waiting', 'pending'), ('underway', 'sending'), ('said', 'delivered'), ('given_up', 'not delivered'), ('withheld', 'withheld')], default='waiting', max_length=10, verbose_name='state')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='reason')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at', 'id'], name='message_due'), models.Index(fields=['person', 'made_at'], name='message_person'), models.Index(fields=['done_at'], name='message_done')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='messaging_message_kind_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='OneTimeSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline transaction confirmed'), ('loan_refused', 'offline transaction refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'recorded as lost'), ('hold_ready', 'hold ready'), ('back', 'back on the shelf'), ('recall', 'recall'), ('answer', 'reply'), ('booking', 'event booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure request'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'referral thanks')], max_length=20, verbose_name='kind')),
                ('about', models.CharField(max_length=120, verbose_name='about')),
                ('scene', models.PositiveSmallIntegerField(verbose_name='scene')),
                ('openid', hub.core.encrypted_fields.EncryptedTextField(verbose_name='openid')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consented', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'one-time message consent',
                'verbose_name_plural': 'one-time message consents',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind', 'about'), name='messaging_onetimesubscription_person_kind_about_unique')],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=10, unique=True, verbose_name='channel')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='consecutive failures')),
                ('code', models.CharField(max_length=40, verbose_name='error')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name='provider message')),
            ],
            options={
                'verbose_name': 'channel pause',
                'verbose_name_plural': 'channel pauses',
                'ordering': ('channel',),
            },
        ),
        migrations.CreateModel(
            name='Unsubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline transaction confirmed'), ('loan_refused', 'offline transaction refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'recorded as lost'), ('hold_ready', 'hold ready'), ('back', 'back on the shelf'), ('recall', 'recall'), ('answer', 'reply'), ('booking', 'event booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure request'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'referral thanks')], max_length=20, verbose_name='kind')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stopped', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'unsubscribed type',
                'verbose_name_plural': 'unsubscribed types',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='messaging_unsubscription_person_kind_unique')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline transaction confirmed'), ('loan_refused', 'offline transaction refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'recorded as lost'), ('hold_ready', 'hold ready'), ('back', 'back on the shelf'), ('recall', 'recall'), ('answer', 'reply'), ('booking', 'event booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure request'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'referral thanks')], max_length=20, verbose_name='kind')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('form', models.CharField(choices=[('subject', 'subject'), ('short', 'short text'), ('long', 'long text')], max_length=8, verbose_name='format')),
                ('text', models.TextField(verbose_name='text')),
                ('by', models.CharField(max_length=150, verbose_name='edited by')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'message text',
                'verbose_name_plural': 'message texts',
                'ordering': ('kind', 'language', 'form'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'language', 'form'), name='messaging_wording_kind_language_form_unique')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='attempt number')),
                ('channel', models.CharField(choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=10, verbose_name='channel')),
                ('address', models.CharField(blank=True, max_length=64, verbose_name='keyed hash of the address')),
                ('key', models.CharField(db_index=True, max_length=32, verbose_name='idempotency key')),
                ('state', models.CharField(choices=[('pending', 'queued'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed, will retry'), ('dead', 'failed permanently')], default='pending', max_length=8, verbose_name='state')),
                ('made_at', models.DateTimeField(verbose_name='created at')),
                ('claim', models.CharField(blank=True, max_length=32, verbose_name='claimed by')),
                ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                ('lost', models.PositiveSmallIntegerField(default=0, verbose_name='interruptions')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='error')),
                ('channels_fault', models.BooleanField(default=False, verbose_name='channel fault')),
                ('provider', models.CharField(blank=True, max_length=120, verbose_name="provider's number")),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='patrons.person', verbose_name='recipient')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='messaging.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['channel', 'id'], name='delivery_pending'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_until'], name='delivery_sending'), models.Index(fields=['person', 'done_at'], name='delivery_person'), models.Index(fields=['address', 'done_at'], name='delivery_address')],
                'constraints': [models.UniqueConstraint(fields=('message', 'number'), name='messaging_delivery_message_number_unique')],
            },
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('says', models.CharField(choices=[('useful', 'useful'), ('less', 'fewer'), ('stop', 'unsubscribe')], max_length=6, verbose_name='rating')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rating', to='messaging.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'message rating',
                'verbose_name_plural': 'message ratings',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='MailAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ('sender_name', models.CharField(blank=True, max_length=100, verbose_name="sender's name")),
                ('sender', models.EmailField(max_length=254, verbose_name="sender's address")),
                ('host', models.CharField(max_length=253, verbose_name='server')),
                ('port', models.PositiveIntegerField(default=587, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(65535)], verbose_name='port')),
                ('security', models.CharField(choices=[('starttls', 'STARTTLS'), ('tls', 'TLS'), ('none', 'none')], default='starttls', max_length=8, verbose_name='security')),
                ('user', models.CharField(blank=True, max_length=254, verbose_name='user name')),
                ('password', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='password')),
                ('secrets_for', models.CharField(blank=True, default='', max_length=520, verbose_name='login of the secrets')),
            ],
            options={
                'verbose_name': 'mail account',
                'verbose_name_plural': 'mail accounts',
            },
        ),
        migrations.CreateModel(
            name='SmsAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ('secrets_for', models.CharField(blank=True, default='', max_length=520, verbose_name='login of the secrets')),
                ('url', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='service address')),
            ],
            options={
                'verbose_name': 'SMS service',
                'verbose_name_plural': 'SMS services',
            },
        ),
        migrations.CreateModel(
            name='WeChatAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ('secrets_for', models.CharField(blank=True, default='', max_length=520, verbose_name='login of the secrets')),
                ('app_id', models.CharField(max_length=64, verbose_name='AppID')),
                ('secret', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='AppSecret')),
                ('callback_token', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='Token')),
                ('callback_key', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='EncodingAESKey')),
                ('base_url', models.CharField(blank=True, max_length=200, verbose_name='API address')),
                ('templates', models.JSONField(blank=True, default=dict, verbose_name='templates')),
            ],
            options={
                'verbose_name': 'WeChat account',
                'verbose_name_plural': 'WeChat accounts',
            },
        ),
        migrations.CreateModel(
            name='WeComAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=True, verbose_name='in use')),
                ('secrets_for', models.CharField(blank=True, default='', max_length=520, verbose_name='login of the secrets')),
                ('corp_id', models.CharField(max_length=64, verbose_name='CorpID')),
                ('agent_id', models.PositiveIntegerField(verbose_name='AgentId')),
                ('secret', hub.core.encrypted_fields.EncryptedTextField(blank=True, default='', verbose_name='Secret')),
                ('base_url', models.CharField(blank=True, max_length=200, verbose_name='API address')),
            ],
            options={
                'verbose_name': 'WeCom account',
                'verbose_name_plural': 'WeCom accounts',
            },
        ),
    ]
