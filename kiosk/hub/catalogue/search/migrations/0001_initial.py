"""Make the table of search entries and the full-text index of the database in use.

SQLite gets an FTS5 table that triggers keep equal to `search_entry`, PostgreSQL a generated `tsvector` with a GIN index.
"""

import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration

SQLITE = (
    """CREATE VIRTUAL TABLE search_fts USING fts5(
        words, content='search_entry', content_rowid='title_id', prefix='1 2',
        tokenize="unicode61 remove_diacritics 0")""",
    """CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_fts(rowid, words) VALUES (new.title_id, new.words); END""",
    """CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.title_id, old.words); END""",
    """CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN
        INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.title_id, old.words);
        INSERT INTO search_fts(rowid, words) VALUES (new.title_id, new.words); END""",
)
SQLITE_GONE = ("DROP TABLE search_fts",)
POSTGRESQL = (
    "ALTER TABLE search_entry ADD COLUMN vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
    "CREATE INDEX search_entry_vector ON search_entry USING gin (vector)",
)
POSTGRESQL_GONE = ("ALTER TABLE search_entry DROP COLUMN vector",)


def make_index(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    for statement in SQLITE_GONE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_GONE:
        schema_editor.execute(statement)


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('title', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_entry', serialize=False, to='catalogue.title')),
                ('words', models.TextField()),
            ],
            options={
                'ordering': ('title',),
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
