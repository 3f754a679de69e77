from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('circulation', '0034_kiosks_that_prove'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='mark',
            field=models.CharField(blank=True, default='', max_length=16, verbose_name='mark'),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='what',
            field=models.CharField(choices=[('pin', 'wrong PIN or code'), ('code', 'code sent'), ('unproved', 'change of a record without a proof'), ('erase', 'erasure asked for'), ('card', 'card looked up')], max_length=10, verbose_name='what'),
        ),
    ]
