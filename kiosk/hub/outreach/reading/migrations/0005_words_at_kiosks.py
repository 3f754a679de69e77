from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reading', '0004_kinds_of_books'),
    ]

    operations = [
        migrations.CreateModel(
            name='Welcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(choices=[('new', 'new, promising'), ('regular', 'regular'), ('champion', 'champion'), ('at_risk', 'at risk'), ('hibernating', 'hibernating')], max_length=12, unique=True, verbose_name='segment')),
                ('words_zh', models.CharField(blank=True, max_length=40, verbose_name='sentence in Chinese')),
                ('words_en', models.CharField(blank=True, max_length=40, verbose_name='sentence in English')),
                ('on', models.BooleanField(default=True, verbose_name='shown at kiosks')),
            ],
            options={
                'verbose_name': 'word at kiosks',
                'verbose_name_plural': 'words at kiosks',
                'ordering': ('id',),
            },
        ),
    ]
