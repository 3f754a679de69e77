import django.db.models.deletion
import hub.core.encrypted_fields
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and replies'), ('reminders', 'personal reminder times'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('version', models.CharField(max_length=20, verbose_name='version')),
                ('chinese', models.TextField(verbose_name='Chinese')),
                ('english', models.TextField(verbose_name='English')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'consent text',
                'verbose_name_plural': 'consent texts',
                'ordering': ('purpose', '-since', '-id'),
                'constraints': [models.UniqueConstraint(fields=('purpose', 'version'), name='patrons_consenttext_purpose_version_unique')],
            },
        ),
        migrations.CreateModel(
            name='FeedPosition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=64, unique=True, verbose_name='reference')),
                ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                ('since', models.DateTimeField(verbose_name='created')),
                ('child', models.BooleanField(default=False, verbose_name='child')),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='quiet from')),
                ('quiet_to', models.TimeField(blank=True, null=True, verbose_name='quiet until')),
                ('key', models.BooleanField(default=False, verbose_name='key patron set by staff')),
                ('provisional', models.BooleanField(default=False, verbose_name='ID not checked yet')),
                ('form', models.UUIDField(blank=True, editable=False, null=True, unique=True, verbose_name='registration form')),
                ('erase_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='erasure requested')),
                ('erase_due_at', models.DateTimeField(blank=True, null=True, verbose_name='erasure due')),
                ('guardian', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wards', to='patrons.person', verbose_name='guardian')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='ProfileSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stale_months', models.PositiveSmallIntegerField(default=6, verbose_name='months until contact confirmation')),
                ('key_categories', models.JSONField(default=list, verbose_name='key patron categories')),
                ('key_loans', models.PositiveIntegerField(default=0, help_text='0: loans are not considered.', verbose_name='loans in 12 months for key patrons')),
            ],
            options={
                'verbose_name': 'record rules',
                'verbose_name_plural': 'record rules',
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=32, verbose_name='what')),
                ('act', models.CharField(choices=[('added', 'added'), ('changed', 'changed'), ('confirmed', 'confirmed'), ('bound', 'linked by code'), ('bounced', 'sent back'), ('removed', 'removed')], max_length=10, verbose_name='action')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'patron portal')], max_length=12, verbose_name='source')),
                ('by', models.CharField(blank=True, max_length=150, verbose_name='recorded by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'changes',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and replies'), ('reminders', 'personal reminder times'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('given', models.BooleanField(verbose_name='given')),
                ('text_version', models.CharField(blank=True, max_length=20, verbose_name='version of the text')),
                ('by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['person', 'purpose', '-at', '-id'], name='patrons_con_person__1a921d_idx')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=10, verbose_name='channel')),
                ('address', hub.core.encrypted_fields.EncryptedTextField(verbose_name='address')),
                ('hash', models.CharField(db_index=True, max_length=64, verbose_name='keyed hash')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'patron portal')], max_length=12, verbose_name='source')),
                ('told_at', models.DateTimeField(verbose_name='notified at')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='last confirmed')),
                ('bound_at', models.DateTimeField(blank=True, null=True, verbose_name='linked')),
                ('bounced_at', models.DateTimeField(blank=True, null=True, verbose_name='sent back')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='replaced')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmation requested')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'contact',
                'verbose_name_plural': 'contacts',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'channel', 'hash'), name='patrons_contact_person_channel_hash_unique')],
            },
        ),
        migrations.CreateModel(
            name='FieldConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(choices=[('mail', 'email'), ('sms', 'SMS'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'other service'), ('screen', 'kiosk screen'), ('paper', 'next receipt'), ('letter', 'letter')], max_length=10, verbose_name='field')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and replies'), ('reminders', 'personal reminder times'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('given', models.BooleanField(verbose_name='given')),
                ('text_version', models.CharField(blank=True, max_length=20, verbose_name='version of the text')),
                ('by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'use of field',
                'verbose_name_plural': 'uses of fields',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['person', 'purpose', '-at', '-id'], name='field_consent_newest')],
            },
        ),
        migrations.CreateModel(
            name='MonthlyLoans',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('loans', models.PositiveIntegerField(default=0, verbose_name='loans')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='busy', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loans per month',
                'verbose_name_plural': 'loans per month',
                'ordering': ('person', 'month'),
                'constraints': [models.UniqueConstraint(fields=('person', 'month'), name='patrons_monthlyloans_person_month_unique')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', hub.core.encrypted_fields.EncryptedTextField(verbose_name='content')),
                ('by', models.CharField(max_length=150, verbose_name='recorded by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=32, verbose_name='kind')),
                ('channels', models.JSONField(default=list, verbose_name='channels')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'order of channels',
                'verbose_name_plural': 'orders of channels',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='patrons_order_person_kind_unique')],
            },
        ),
        migrations.CreateModel(
            name='ProfileField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('birth_year', 'year of birth'), ('occupation', 'occupation'), ('institution', 'school or workplace'), ('address', 'postal address'), ('guardian', 'guardian, entered at the kiosk')], max_length=20, verbose_name='what')),
                ('value', hub.core.encrypted_fields.EncryptedTextField(verbose_name='value')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'patron portal')], max_length=12, verbose_name='source')),
                ('told_at', models.DateTimeField(verbose_name='notified at')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='last confirmed')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facts', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'personal detail',
                'verbose_name_plural': 'personal details',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'name'), name='patrons_profilefield_person_name_unique')],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('aim', models.CharField(choices=[('bind', 'link contact'), ('pin', 'new PIN'), ('sign', 'phone sign-in')], max_length=4, verbose_name='aim')),
                ('hash', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='patrons.contact', verbose_name='contact')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='patrons.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'code',
                'verbose_name_plural': 'codes',
                'ordering': ('-sent_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='FamilyCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reader_last4', models.CharField(max_length=4, verbose_name='number of the patron who sees the loans, last four')),
                ('holder_last4', models.CharField(max_length=4, verbose_name='number of the card holder, last four')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='family_readers', to='patrons.person', verbose_name='card holder')),
                ('reader', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='family', to='patrons.person', verbose_name='reader')),
            ],
            options={
                'verbose_name': 'family card',
                'verbose_name_plural': 'family cards',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('reader', 'holder'), name='patrons_familycard_reader_holder_unique')],
            },
        ),
        migrations.CreateModel(
            name='LibraryLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accent', models.CharField(blank=True, max_length=7, verbose_name='accent colour')),
                ('logo', models.BinaryField(blank=True, default=bytes, verbose_name='logo')),
            ],
            options={
                'verbose_name': 'look',
                'verbose_name_plural': 'looks',
            },
        ),
    ]
