import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from kiosk.hub.initial import InitialMigration


class Migration(InitialMigration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Floor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_en', models.CharField(blank=True, help_text='Left empty, English pages show the name.', max_length=200, verbose_name='name in English')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('position', models.SmallIntegerField(default=1, verbose_name='storey')),
                ('width', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(4), django.core.validators.MaxValueValidator(200)], verbose_name='cells across')),
                ('height', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(4), django.core.validators.MaxValueValidator(200)], verbose_name='cells down')),
                ('you_x', models.PositiveSmallIntegerField(default=0, verbose_name='where the way begins, across')),
                ('you_y', models.PositiveSmallIntegerField(default=0, verbose_name='where the way begins, down')),
                ('scheme', models.CharField(blank=True, choices=[('', 'as each call number looks'), ('clc', 'Chinese Library Classification'), ('dewey', 'Dewey'), ('lcc', 'Library of Congress')], max_length=5, verbose_name='arranged by')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='floors', to='catalogue.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'floor',
                'verbose_name_plural': 'floors',
                'ordering': ('branch', 'position', 'id'),
                'constraints': [models.UniqueConstraint(fields=('branch', 'name'), name='floor_once_per_branch')],
            },
        ),
        migrations.CreateModel(
            name='Bay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, verbose_name='bay')),
                ('x', models.PositiveSmallIntegerField(verbose_name='across')),
                ('y', models.PositiveSmallIntegerField(verbose_name='down')),
                ('width', models.PositiveSmallIntegerField(verbose_name='wide')),
                ('height', models.PositiveSmallIntegerField(verbose_name='deep')),
                ('first', models.CharField(blank=True, max_length=80, verbose_name='from')),
                ('last', models.CharField(blank=True, max_length=80, verbose_name='to')),
                ('walked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last walked along')),
                ('walked', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='books scanned')),
                ('wrong', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='of them wrong')),
                ('floor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bays', to='shelves.floor', verbose_name='floor')),
            ],
            options={
                'verbose_name': 'bay',
                'verbose_name_plural': 'bays',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('floor', 'code'), name='bay_once_per_floor')],
            },
        ),
    ]
