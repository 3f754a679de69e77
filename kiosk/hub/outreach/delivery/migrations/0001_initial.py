import django.db.models.deletion
import kiosk.hub.outreach.people.sealed
import uuid
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'e-mail'), ('sms', 'text message'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'another service'), ('screen', "on the kiosk's screen"), ('paper', 'on the next receipt')], max_length=10, unique=True, verbose_name='channel')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='times in a row')),
                ('code', models.CharField(max_length=40, verbose_name='what went wrong')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name="in the provider's words")),
            ],
            options={
                'verbose_name': 'pause of a channel',
                'verbose_name_plural': 'pauses of channels',
                'ordering': ('channel',),
            },
        ),
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'e-mail'), ('sms', 'text message'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'another service'), ('screen', "on the kiosk's screen"), ('paper', 'on the next receipt')], max_length=10, verbose_name='channel')),
                ('mark', models.CharField(max_length=64, unique=True, verbose_name='keyed hash')),
                ('url', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='what the code holds')),
                ('until', models.DateTimeField(db_index=True, verbose_name='until')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used')),
                ('end', models.CharField(blank=True, choices=[('bound', 'bound'), ('taken', "another patron's already")], max_length=6, verbose_name='what became of it')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'code to bind an account',
                'verbose_name_plural': 'codes to bind an account',
                'ordering': ('-until', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline act confirmed'), ('loan_refused', 'offline act refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'declared lost'), ('hold_ready', 'hold ready'), ('back', 'on its shelf again'), ('recall', 'asked back'), ('answer', 'answer'), ('booking', 'booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure asked for'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'thanks for a friend')], max_length=20, verbose_name='kind')),
                ('key', models.CharField(max_length=120, verbose_name='key')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='number')),
                ('facts', kiosk.hub.outreach.people.sealed.SealedText(default='', verbose_name='facts')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('next_at', models.DateTimeField(verbose_name='not before')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='of use until')),
                ('state', models.CharField(choices=[('waiting', 'waits'), ('underway', 'under way'), ('said', 'said'), ('given_up', 'given up'), ('withheld', 'withheld')], default='waiting', max_length=10, verbose_name='state')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='why')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['next_at', 'id'], name='message_due'), models.Index(fields=['person', 'made_at'], name='message_person'), models.Index(fields=['done_at'], name='message_done')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='said_once')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='attempt')),
                ('channel', models.CharField(choices=[('mail', 'e-mail'), ('sms', 'text message'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'another service'), ('screen', "on the kiosk's screen"), ('paper', 'on the next receipt')], max_length=10, verbose_name='channel')),
                ('address', models.CharField(blank=True, max_length=64, verbose_name='keyed hash of the address')),
                ('key', models.CharField(db_index=True, max_length=32, verbose_name='idempotency key')),
                ('state', models.CharField(choices=[('pending', 'pending'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed, is tried again'), ('dead', 'failed for good')], default='pending', max_length=8, verbose_name='state')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('claim', models.CharField(blank=True, max_length=32, verbose_name='claimed by')),
                ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                ('lost', models.PositiveSmallIntegerField(default=0, verbose_name='workers lost')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='what went wrong')),
                ('channels_fault', models.BooleanField(default=False, verbose_name="the channel's fault")),
                ('provider', models.CharField(blank=True, max_length=120, verbose_name="provider's number")),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='people.person', verbose_name='whose address')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='delivery.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['channel', 'id'], name='delivery_pending'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_until'], name='delivery_sending'), models.Index(fields=['person', 'done_at'], name='delivery_person'), models.Index(fields=['address', 'done_at'], name='delivery_address')],
                'constraints': [models.UniqueConstraint(fields=('message', 'number'), name='attempt_once')],
            },
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline act confirmed'), ('loan_refused', 'offline act refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'declared lost'), ('hold_ready', 'hold ready'), ('back', 'on its shelf again'), ('recall', 'asked back'), ('answer', 'answer'), ('booking', 'booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure asked for'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'thanks for a friend')], max_length=20, verbose_name='kind')),
                ('days', models.PositiveSmallIntegerField(verbose_name='days between two')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='paces', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'pace of a kind',
                'verbose_name_plural': 'paces of kinds',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='pace_once')],
            },
        ),
        migrations.CreateModel(
            name='Rating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('says', models.CharField(choices=[('useful', 'useful'), ('less', 'less often'), ('stop', 'no more')], max_length=6, verbose_name='says')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rating', to='delivery.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'rating of a message',
                'verbose_name_plural': 'ratings of messages',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Stopped',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline act confirmed'), ('loan_refused', 'offline act refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'declared lost'), ('hold_ready', 'hold ready'), ('back', 'on its shelf again'), ('recall', 'asked back'), ('answer', 'answer'), ('booking', 'booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure asked for'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'thanks for a friend')], max_length=20, verbose_name='kind')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stopped', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'stopped kind',
                'verbose_name_plural': 'stopped kinds',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='stopped_once')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline act confirmed'), ('loan_refused', 'offline act refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'declared lost'), ('hold_ready', 'hold ready'), ('back', 'on its shelf again'), ('recall', 'asked back'), ('answer', 'answer'), ('booking', 'booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure asked for'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'thanks for a friend')], max_length=20, verbose_name='kind')),
                ('language', models.CharField(choices=[('zh', '中文'), ('en', 'English')], max_length=2, verbose_name='language')),
                ('form', models.CharField(choices=[('subject', 'subject'), ('short', 'short text'), ('long', 'long text')], max_length=8, verbose_name='form')),
                ('text', models.TextField(verbose_name='text')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'wording',
                'verbose_name_plural': 'wordings',
                'ordering': ('kind', 'language', 'form'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'language', 'form'), name='wording_once')],
            },
        ),
        migrations.CreateModel(
            name='Consented',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('receipt', 'receipt'), ('loan_confirmed', 'offline act confirmed'), ('loan_refused', 'offline act refused'), ('due_soon', 'due soon'), ('overdue', 'overdue'), ('lost', 'declared lost'), ('hold_ready', 'hold ready'), ('back', 'on its shelf again'), ('recall', 'asked back'), ('answer', 'answer'), ('booking', 'booking'), ('code', 'code'), ('contact_changed', 'contact changed'), ('erasure', 'erasure asked for'), ('test', 'test message'), ('alert', 'saved search'), ('digest', 'digest'), ('recommendation', 'recommendations'), ('campaign', 'campaign'), ('questionnaire', 'questionnaire'), ('thanks', 'thanks for a friend')], max_length=20, verbose_name='kind')),
                ('about', models.CharField(max_length=120, verbose_name='about')),
                ('scene', models.PositiveSmallIntegerField(verbose_name='scene')),
                ('openid', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='openid')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consented', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'consent to one message',
                'verbose_name_plural': 'consents to one message',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind', 'about'), name='consented_once')],
            },
        ),
    ]
