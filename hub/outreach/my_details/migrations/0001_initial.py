import django.db.models.deletion
import hub.core.encrypted_fields
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DisplayPreferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', hub.core.encrypted_fields.EncryptedTextField(verbose_name='how she likes the screen')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'look of the screen',
                'verbose_name_plural': 'looks of the screen',
            },
        ),
    ]
