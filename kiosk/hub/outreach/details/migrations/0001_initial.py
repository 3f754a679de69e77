import django.db.models.deletion
import kiosk.hub.outreach.people.sealed
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', kiosk.hub.outreach.people.sealed.SealedText(verbose_name='how she likes the screen')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look', to='people.person', verbose_name='person')),
            ],
            options={
                'verbose_name': 'look of the screen',
                'verbose_name_plural': 'looks of the screen',
            },
        ),
    ]
