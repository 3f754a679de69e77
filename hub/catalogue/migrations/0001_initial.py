"""Make the table of search entries and the full-text index of the database in use.

SQLite gets an FTS5 table that triggers keep equal to `catalogue_searchentry`, PostgreSQL a generated `tsvector` with a GIN index.
"""

import django.core.validators
import django.db.models.deletion
import hub.catalogue.models
import hub.core.clock
from django.conf import settings
from django.db import migrations, models

from hub.core.initial_migration import InitialMigration

SQLITE = (
    """CREATE VIRTUAL TABLE search_fts USING fts5(
        words, content='catalogue_searchentry', content_rowid='title_id', prefix='1 2',
        tokenize="unicode61 remove_diacritics 0")""",
    """CREATE TRIGGER search_entry_added AFTER INSERT ON catalogue_searchentry BEGIN
        INSERT INTO search_fts(rowid, words) VALUES (new.title_id, new.words); END""",
    """CREATE TRIGGER search_entry_gone AFTER DELETE ON catalogue_searchentry BEGIN
        INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.title_id, old.words); END""",
    """CREATE TRIGGER search_entry_changed AFTER UPDATE ON catalogue_searchentry BEGIN
        INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.title_id, old.words);
        INSERT INTO search_fts(rowid, words) VALUES (new.title_id, new.words); END""",
)
SQLITE_GONE = ("DROP TABLE search_fts",)
POSTGRESQL = (
    "ALTER TABLE catalogue_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
    "CREATE INDEX search_entry_vector ON catalogue_searchentry USING gin (vector)",
)
POSTGRESQL_GONE = ("ALTER TABLE catalogue_searchentry DROP COLUMN vector",)


def make_index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    for statement in SQLITE_GONE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_GONE:
        schema_editor.execute(statement)


class Migration(InitialMigration):

    dependencies = [
        # Later, each change of auth's user would render all models that refer to it.
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('code', models.SlugField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_weekdays', models.JSONField(blank=True, default=list, help_text='0 is Monday, 6 is Sunday.', validators=[hub.catalogue.models.weekdays], verbose_name='closed weekdays')),
                ('opening_hours', models.JSONField(blank=True, default=list, help_text='Seven times from Monday on, such as 09:00-18:00; empty if closed. Kiosks show them.', validators=[hub.catalogue.models.week_hours], verbose_name='opening hours')),
                ('return_place', models.CharField(blank=True, help_text='Shown to patrons: a bin, a shelf.', max_length=60, verbose_name='location for returned items')),
                ('hold_place', models.CharField(blank=True, max_length=60, verbose_name='location for returned items on hold')),
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
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
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
                ('title', models.CharField(help_text='Title as displayed: every character is in the font.', max_length=500, verbose_name='title')),
                ('subtitle', models.CharField(blank=True, max_length=500, verbose_name='subtitle')),
                ('author', models.CharField(blank=True, max_length=300, verbose_name='author')),
                ('dewey', models.CharField(blank=True, max_length=40, verbose_name='Dewey class')),
                ('clc', models.CharField(blank=True, max_length=40, verbose_name='Chinese Library Classification')),
                ('subject', models.CharField(blank=True, help_text='First digit of Dewey or letter of the CLC.', max_length=2, verbose_name='cover class')),
                ('call_number', models.CharField(blank=True, max_length=80, verbose_name='call number')),
                ('language', models.CharField(blank=True, help_text='MARC language code.', max_length=3, verbose_name='language')),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='year')),
                ('headings', models.TextField(blank=True, help_text='One per line.', verbose_name='subject headings')),
                ('record', models.BinaryField(blank=True, null=True, verbose_name='MARC record')),
                ('added_at', models.DateTimeField(db_index=True, default=hub.core.clock.now, editable=False, null=True, verbose_name='added to the catalogue')),
                ('cover', models.CharField(blank=True, editable=False, max_length=32)),
            ],
            options={
                'verbose_name': 'title',
                'verbose_name_plural': 'titles',
                'ordering': ('title',),
                'indexes': [models.Index(fields=['title'], name='catalogue_t_title_5ab1ff_idx'), models.Index(fields=['author'], name='catalogue_t_author_fcefc8_idx')],
            },
        ),
        migrations.CreateModel(
            name='CoverSearch',
            fields=[
                ('title', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='cover_search', serialize=False, to='catalogue.title')),
                ('result', models.CharField(max_length=12)),
                ('provider', models.CharField(blank=True, max_length=32)),
                ('asked_at', models.DateTimeField()),
                ('again_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('words', models.CharField(blank=True, max_length=120, verbose_name='link text')),
                ('in_record', models.CharField(blank=True, editable=False, max_length=1000, verbose_name='address in the record')),
                ('removed', models.BooleanField(default=False, verbose_name='removed by staff')),
                ('added_at', models.DateTimeField(default=hub.core.clock.now, editable=False, verbose_name='added')),
                ('media_type', models.CharField(blank=True, editable=False, max_length=100, verbose_name='media type')),
                ('checked_at', models.DateTimeField(blank=True, db_index=True, editable=False, null=True, verbose_name='last checked')),
                ('fault', models.CharField(blank=True, editable=False, max_length=12, verbose_name='fault')),
                ('status', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='HTTP status')),
                ('failures', models.PositiveSmallIntegerField(db_index=True, default=0, editable=False, verbose_name='nights without response')),
                ('failing_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='unreachable since')),
                ('failed_on', models.DateField(blank=True, editable=False, null=True, verbose_name='last failure')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'e-edition',
                'verbose_name_plural': 'e-editions',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('title', 'url'), name='catalogue_edition_title_url_unique')],
            },
        ),
        migrations.CreateModel(
            name='Floor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='If empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('position', models.SmallIntegerField(default=1, verbose_name='floor level')),
                ('width', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(4), django.core.validators.MaxValueValidator(200)], verbose_name='column count')),
                ('height', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(4), django.core.validators.MaxValueValidator(200)], verbose_name='row count')),
                ('you_x', models.PositiveSmallIntegerField(default=0, verbose_name='route start (column)')),
                ('you_y', models.PositiveSmallIntegerField(default=0, verbose_name='route start (row)')),
                ('scheme', models.CharField(blank=True, choices=[('', 'detect from call number'), ('clc', 'Chinese Library Classification'), ('dewey', 'Dewey'), ('lcc', 'Library of Congress')], max_length=5, verbose_name='classification')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='floors', to='catalogue.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'floor',
                'verbose_name_plural': 'floors',
                'ordering': ('branch', 'position', 'id'),
                'constraints': [models.UniqueConstraint(fields=('branch', 'name'), name='catalogue_floor_branch_name_unique')],
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
                'constraints': [models.UniqueConstraint(fields=('title', 'isbn13'), name='catalogue_isbn_title_isbn13_unique')],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('barcode', models.CharField(max_length=32, unique=True, verbose_name='barcode')),
                ('call_number', models.CharField(blank=True, help_text="Only if it differs from the title's.", max_length=80, verbose_name='call number')),
                ('condition', models.CharField(choices=[('normal', 'in collection'), ('lost', 'lost'), ('withdrawn', 'withdrawn')], default='normal', max_length=10, verbose_name='condition')),
                ('added_at', models.DateTimeField(db_index=True, default=hub.core.clock.now, editable=False, verbose_name='added to the collection')),
                ('tagged_parts', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='parts with an RFID tag')),
                ('tagged_on', models.DateField(db_index=True, editable=False, null=True, verbose_name='tag written')),
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
            name='ReadOn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(db_index=True, verbose_name='day')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='times')),
                ('title', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='read_on', to='catalogue.title', verbose_name='title')),
            ],
            options={
                'verbose_name': 'e-loans per day',
                'verbose_name_plural': 'e-loans per day',
                'ordering': ('-day', 'id'),
                'constraints': [models.UniqueConstraint(fields=('title', 'day'), name='catalogue_readon_title_day_unique')],
            },
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('title', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_entry', serialize=False, to='catalogue.title')),
                ('words', models.TextField()),
            ],
            options={
                'ordering': ('title',),
            },
        ),
        migrations.CreateModel(
            name='WorksAt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.branch')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'branch'), name='catalogue_worksat_user_branch_unique')],
            },
        ),
        migrations.CreateModel(
            name='Bay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, verbose_name='bay')),
                ('x', models.PositiveSmallIntegerField(verbose_name='column')),
                ('y', models.PositiveSmallIntegerField(verbose_name='row')),
                ('width', models.PositiveSmallIntegerField(verbose_name='bay width')),
                ('height', models.PositiveSmallIntegerField(verbose_name='bay depth')),
                ('first', models.CharField(blank=True, max_length=80, verbose_name='from')),
                ('last', models.CharField(blank=True, max_length=80, verbose_name='to')),
                ('walked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last shelf reading')),
                ('walked', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='books scanned')),
                ('wrong', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='misplaced items')),
                ('floor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bays', to='catalogue.floor', verbose_name='floor')),
            ],
            options={
                'verbose_name': 'bay',
                'verbose_name_plural': 'bays',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('floor', 'code'), name='catalogue_bay_floor_code_unique')],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
