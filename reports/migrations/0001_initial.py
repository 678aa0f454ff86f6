import accounts.rows
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scheduled', models.BooleanField(default=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='to')),
                ('parameters', models.JSONField(default=dict)),
                ('key', models.CharField(max_length=64)),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English'), ('fr', 'Français')], max_length=2)),
                ('audience', models.CharField(choices=[('internal', 'Internal, exact'), ('publication', 'For publication')], max_length=11)),
                ('edition', models.PositiveSmallIntegerField(verbose_name='edition')),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('asked', 'Waiting'), ('building', 'Being made'), ('ready', 'Ready, not approved'), ('failed', 'Failed'), ('approved', 'Approved'), ('published', 'Published'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                ('progress', models.PositiveSmallIntegerField(default=0)),
                ('step', models.CharField(blank=True, max_length=20)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('failure', models.CharField(blank=True, max_length=80)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('published_to', models.CharField(blank=True, max_length=300, verbose_name='published to')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_because', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('previous', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='following', to='reports.report')),
                ('programmes', models.ManyToManyField(related_name='+', to='accounts.programme')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-asked_at', '-pk'),
                'indexes': [models.Index(fields=['-asked_at'], name='report_newest_first'), models.Index(condition=models.Q(('state__in', ('asked', 'building'))), fields=['lease_until'], name='report_unfinished')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'building', 'ready', 'failed', 'approved', 'published', 'withdrawn'])), name='report_state_is_known'), models.CheckConstraint(condition=models.Q(('language__in', ['es', 'en', 'fr'])), name='report_language_is_known'), models.CheckConstraint(condition=models.Q(('audience__in', ['internal', 'publication'])), name='report_audience_is_known'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='report_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('progress__lte', 100)), name='report_progress_is_percent'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='report_approval_has_name_and_time'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('approved', 'published')), _negated=True), ('approved_by__isnull', False), _connector='OR'), name='report_approved_follows_state'), models.CheckConstraint(condition=models.Q(('state__in', ('published', 'withdrawn')), ('published_by__isnull', True), _connector='OR'), name='report_published_follows_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), models.Q(('published_at__isnull', False), ('published_by__isnull', False), models.Q(('published_to', ''), _negated=True)), _connector='OR'), name='report_published_by_somebody_to_somebody'), models.CheckConstraint(condition=models.Q(('published_by__isnull', True), models.Q(('approved_by__isnull', False), models.Q(('published_by', models.F('approved_by')), _negated=True)), _connector='OR'), name='report_published_by_another_than_approved'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_because', ''), _negated=True)), _connector='OR'), name='report_withdrawn_with_reason'), models.UniqueConstraint(fields=('key', 'edition'), name='report_one_of_each_edition')],
            },
        ),
        migrations.CreateModel(
            name='ExchangeCode',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('data_set', 'Data set'), ('data_element', 'Figure (data element)'), ('org_unit', 'Programme (organisation unit)'), ('category', 'Sex or age (category option combination)')], max_length=14)),
                ('ours', models.CharField(max_length=60)),
                ('theirs', models.CharField(max_length=60)),
            ],
            options={
                'ordering': ('kind', 'ours'),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ('data_set', 'data_element', 'org_unit', 'category'))), name='exchange_code_kind_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('ours', ''), _negated=True), models.Q(('theirs', ''), _negated=True)), name='exchange_code_has_both_codes'), models.UniqueConstraint(fields=('kind', 'ours'), name='exchange_code_one_per_code')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='snapshot', serialize=False, to='reports.report')),
                ('cut_off', models.DateTimeField()),
                ('definitions', models.CharField(default='2026.1', max_length=20)),
                ('exact', models.JSONField()),
                ('document', models.JSONField()),
                ('difference', models.JSONField(default=dict)),
                ('sha256', models.CharField(max_length=64)),
                ('taken_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReportDefinition',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('period_kind', models.CharField(choices=[('month', 'Every month'), ('quarter', 'Every quarter'), ('jan_oct', 'Every January to October'), ('year', 'Every year')], max_length=8, verbose_name='period')),
                ('sites', models.JSONField(blank=True, default=list, verbose_name='sites')),
                ('sections', models.JSONField(blank=True, default=list, verbose_name='sections')),
                ('language', models.CharField(choices=[('es', 'Español'), ('en', 'English'), ('fr', 'Français')], max_length=2, verbose_name='language')),
                ('audience', models.CharField(choices=[('internal', 'Internal, exact'), ('publication', 'For publication')], max_length=11, verbose_name='for whom')),
                ('first_day', models.DateField(help_text='Periods missed since then are made up for.', verbose_name='from the period that begins on or after')),
                ('days_after', models.PositiveSmallIntegerField(default=5, help_text='So that late records are in.', verbose_name='days after the end of the period')),
                ('active', models.BooleanField(default=True, verbose_name='made by itself')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programmes', models.ManyToManyField(blank=True, help_text='None means all.', related_name='+', to='accounts.programme', verbose_name='programmes')),
            ],
            options={
                'ordering': ('name', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('period_kind__in', ['month', 'quarter', 'jan_oct', 'year'])), name='report_definition_period_is_known'), models.CheckConstraint(condition=models.Q(('language__in', ['es', 'en', 'fr'])), name='report_definition_language_is_known'), models.CheckConstraint(condition=models.Q(('audience__in', ['internal', 'publication'])), name='report_definition_audience_is_known'), models.CheckConstraint(condition=models.Q(('days_after__lte', 60)), name='report_definition_comes_within_two_months')],
            },
        ),
        migrations.AddField(
            model_name='report',
            name='definition',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reports.reportdefinition'),
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('content', models.BinaryField()),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='reports.report')),
            ],
            options={
                'ordering': ('report', 'name'),
                'constraints': [models.UniqueConstraint(fields=('report', 'name'), name='report_file_each_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('definition__isnull', False), ('scheduled', True)), fields=('definition', 'starts_on'), name='report_each_due_period_once'),
        ),
    ]
