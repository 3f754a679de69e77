import django.db.models.deletion
import kiosk.hub.catalogue.models
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='Left empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_weekdays', models.JSONField(blank=True, default=list, help_text='0 is Monday, 6 is Sunday.', validators=[kiosk.hub.catalogue.models.weekdays], verbose_name='closed weekdays')),
                ('return_place', models.CharField(blank=True, help_text='Shown to patrons: a bin, a shelf.', max_length=60, verbose_name='place of returned items')),
                ('hold_place', models.CharField(blank=True, max_length=60, verbose_name='place of returned items that someone waits for')),
            ],
            options={
                'verbose_name': 'branch',
                'verbose_name_plural': 'branches',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='ItemType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='Left empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
            ],
            options={
                'verbose_name': 'item type',
                'verbose_name_plural': 'item types',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Title',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('control_number', models.CharField(blank=True, max_length=64, null=True, unique=True, verbose_name='control number')),
                ('title', models.CharField(help_text='As it is shown: every sign is in the font.', max_length=500, verbose_name='title')),
                ('subtitle', models.CharField(blank=True, max_length=500, verbose_name='subtitle')),
                ('author', models.CharField(blank=True, max_length=300, verbose_name='author')),
                ('dewey', models.CharField(blank=True, max_length=40, verbose_name='Dewey class')),
                ('clc', models.CharField(blank=True, max_length=40, verbose_name='Chinese Library Classification')),
                ('subject', models.CharField(blank=True, help_text='First digit of Dewey or letter of the CLC.', max_length=2, verbose_name='cover class')),
                ('call_number', models.CharField(blank=True, max_length=80, verbose_name='call number')),
                ('language', models.CharField(blank=True, help_text='MARC language code.', max_length=3, verbose_name='language')),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='year')),
                ('headings', models.TextField(blank=True, help_text='One in each line.', verbose_name='subject headings')),
                ('record', models.BinaryField(blank=True, null=True, verbose_name='MARC record')),
                ('added_at', models.DateTimeField(db_index=True, default=kiosk.hub.catalogue.models.arriving, editable=False, null=True, verbose_name='came into the catalogue')),
            ],
            options={
                'verbose_name': 'title',
                'verbose_name_plural': 'titles',
                'ordering': ('title',),
                'indexes': [models.Index(fields=['title'], name='catalogue_t_title_5ab1ff_idx'), models.Index(fields=['author'], name='catalogue_t_author_fcefc8_idx')],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('barcode', models.CharField(max_length=32, unique=True, verbose_name='barcode')),
                ('call_number', models.CharField(blank=True, help_text="Where it differs from the title's.", max_length=80, verbose_name='call number')),
                ('condition', models.CharField(choices=[('normal', 'in the collection'), ('lost', 'lost'), ('withdrawn', 'withdrawn')], default='normal', max_length=10, verbose_name='condition')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='catalogue.branch', verbose_name='branch')),
                ('type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='catalogue.itemtype', verbose_name='type')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'item',
                'verbose_name_plural': 'items',
                'ordering': ('barcode',),
            },
        ),
        migrations.CreateModel(
            name='Isbn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('isbn13', models.CharField(db_index=True, max_length=13, verbose_name='ISBN')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='isbns', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'ISBN',
                'verbose_name_plural': 'ISBNs',
                'constraints': [models.UniqueConstraint(fields=('title', 'isbn13'), name='isbn_once_per_title')],
            },
        ),
    ]
