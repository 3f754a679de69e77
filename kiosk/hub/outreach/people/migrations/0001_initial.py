import django.db.models.deletion
import kiosk.hub.outreach.people.sealed
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stale_months', models.PositiveSmallIntegerField(default=6, verbose_name='months until a contact is asked about')),
                ('key_categories', models.JSONField(default=list, verbose_name='groups whose patrons are key patrons')),
                ('key_loans', models.PositiveIntegerField(default=0, help_text='0: loans do not count.', verbose_name='loans in twelve months that make a key patron')),
            ],
            options={
                'verbose_name': 'terms of the record',
                'verbose_name_plural': 'terms of the record',
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and answers'), ('reminders', 'reminders at her own time'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('version', models.CharField(max_length=20, verbose_name='version')),
                ('chinese', models.TextField(verbose_name='Chinese')),
                ('english', models.TextField(verbose_name='English')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'consent text',
                'verbose_name_plural': 'consent texts',
                'ordering': ('purpose', '-since', '-id'),
                'constraints': [models.UniqueConstraint(fields=('purpose', 'version'), name='consent_text_once')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=64, unique=True, verbose_name='reference')),
                ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                ('since', models.DateTimeField(verbose_name='known since')),
                ('child', models.BooleanField(default=False, verbose_name='child')),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='quiet from')),
                ('quiet_to', models.TimeField(blank=True, null=True, verbose_name='quiet until')),
                ('key', models.BooleanField(default=False, verbose_name="key patron by staff's word")),
                ('provisional', models.BooleanField(default=False, verbose_name='not seen by staff yet')),
                ('form', models.UUIDField(blank=True, editable=False, null=True, unique=True, verbose_name='form of registration')),
                ('erase_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='asked to be erased')),
                ('erase_due_at', models.DateTimeField(blank=True, null=True, verbose_name='to be erased on')),
                ('guardian', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='wards', to='people.person', verbose_name='guardian')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='words')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'e-mail'), ('sms', 'text message'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'another service'), ('screen', "on the kiosk's screen"), ('paper', 'on the next receipt')], max_length=10, verbose_name='channel')),
                ('address', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='address')),
                ('hash', models.CharField(db_index=True, max_length=64, verbose_name='keyed hash')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'her phone')], max_length=12, verbose_name='source')),
                ('told_at', models.DateTimeField(verbose_name='told')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='last known right')),
                ('bound_at', models.DateTimeField(blank=True, null=True, verbose_name='bound')),
                ('bounced_at', models.DateTimeField(blank=True, null=True, verbose_name='came back')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='replaced')),
                ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='asked whether it is right')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'contact',
                'verbose_name_plural': 'contacts',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'channel', 'hash'), name='contact_once')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and answers'), ('reminders', 'reminders at her own time'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('given', models.BooleanField(verbose_name='given')),
                ('text_version', models.CharField(blank=True, max_length=20, verbose_name='version of the text')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['person', 'purpose', '-at', '-id'], name='people_cons_person__c7af88_idx')],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('aim', models.CharField(choices=[('bind', 'bind the contact'), ('pin', 'new PIN'), ('sign', 'signing in by phone')], max_length=4, verbose_name='aim')),
                ('hash', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='wrong tries')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='people.contact', verbose_name='contact')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'code',
                'verbose_name_plural': 'codes',
                'ordering': ('-sent_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=32, verbose_name='what')),
                ('act', models.CharField(choices=[('added', 'added'), ('changed', 'changed'), ('confirmed', 'confirmed'), ('bound', 'bound by code'), ('bounced', 'came back'), ('removed', 'removed')], max_length=10, verbose_name='act')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'her phone')], max_length=12, verbose_name='source')),
                ('by', models.CharField(blank=True, max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'changes',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Busy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('loans', models.PositiveIntegerField(default=0, verbose_name='loans')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='busy', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'loans of a month',
                'verbose_name_plural': 'loans of a month',
                'ordering': ('person', 'month'),
                'constraints': [models.UniqueConstraint(fields=('person', 'month'), name='busy_once')],
            },
        ),
        migrations.CreateModel(
            name='Use',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(choices=[('mail', 'e-mail'), ('sms', 'text message'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('apprise', 'another service'), ('screen', "on the kiosk's screen"), ('paper', 'on the next receipt')], max_length=10, verbose_name='field')),
                ('purpose', models.CharField(choices=[('service', 'loans, holds and answers'), ('reminders', 'reminders at her own time'), ('history', 'reading history'), ('recommendations', 'recommendations'), ('titles', 'titles in recommendation messages'), ('digest', 'digest of new titles'), ('alerts', 'saved searches'), ('campaign', 'events and campaigns'), ('questionnaire', 'questionnaires'), ('research', 'statistics and research')], max_length=20, verbose_name='purpose')),
                ('given', models.BooleanField(verbose_name='given')),
                ('text_version', models.CharField(blank=True, max_length=20, verbose_name='version of the text')),
                ('by', models.CharField(max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'use of a field',
                'verbose_name_plural': 'uses of fields',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['person', 'purpose', '-at', '-id'], name='use_newest')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, max_length=32, verbose_name='kind')),
                ('channels', models.JSONField(default=list, verbose_name='channels')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'order of channels',
                'verbose_name_plural': 'orders of channels',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'kind'), name='order_once')],
            },
        ),
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('birth_year', 'year of birth'), ('occupation', 'occupation'), ('institution', 'school or place of work'), ('address', 'postal address'), ('guardian', 'guardian, as told at the kiosk')], max_length=20, verbose_name='what')),
                ('value', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='value')),
                ('source', models.CharField(choices=[('registration', 'registration'), ('import', 'import'), ('staff', 'staff'), ('kiosk', 'kiosk'), ('phone', 'her phone')], max_length=12, verbose_name='source')),
                ('told_at', models.DateTimeField(verbose_name='told')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='last known right')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facts', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'fact',
                'verbose_name_plural': 'facts',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('person', 'name'), name='fact_once')],
            },
        ),
    ]
