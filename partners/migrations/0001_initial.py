import accounts.rows
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import partners.models.columns
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('terminology', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('code', models.CharField(max_length=60, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9]*(_[a-z0-9]+)*\\Z', 'Lower-case words joined by “_”.')], verbose_name='code')),
                ('name_en', models.CharField(max_length=160, verbose_name='name in English')),
                ('name_es', models.CharField(max_length=160, verbose_name='name in Spanish')),
                ('name_fr', models.CharField(max_length=160, verbose_name='name in French')),
                ('words', partners.models.columns.WordsField(blank=True, default='', editable=False, max_length=560, of=('name_es', 'name_en', 'name_fr', 'code'))),
                ('website', models.URLField(blank=True, verbose_name='website')),
                ('note', accounts.rows.SealedField(blank=True, null=True, verbose_name='remarks')),
                ('last_verified_on', models.DateField(blank=True, null=True, verbose_name='last verified on')),
                ('retired_on', models.DateField(blank=True, null=True, verbose_name='retired on')),
                ('partner_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='type')),
                ('place', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='place')),
                ('stages', models.ManyToManyField(blank=True, related_name='+', to='terminology.concept', verbose_name='stages of the migration process')),
            ],
            options={
                'ordering': ('name_es', 'pk'),
                'indexes': [models.Index(condition=models.Q(('retired_on__isnull', True)), fields=['name_es', 'id'], name='organisation_directory'), models.Index(fields=['partner_type', 'name_es'], name='organisation_by_type')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name_en', ''), _negated=True), models.Q(('name_es', ''), _negated=True), models.Q(('name_fr', ''), _negated=True)), name='organisation_has_a_name_in_each_language')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('name', accounts.rows.SealedField(blank=True, null=True, verbose_name='name')),
                ('function', accounts.rows.SealedField(blank=True, null=True, verbose_name='function')),
                ('phone', accounts.rows.SealedField(blank=True, null=True, verbose_name='phone')),
                ('email', accounts.rows.SealedField(blank=True, null=True, verbose_name='e-mail')),
                ('primary', models.BooleanField(default=False, verbose_name='first to call')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='partners.organisation')),
            ],
            options={
                'ordering': ('-primary', 'pk'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True), ('primary', True)), fields=('organisation',), name='contact_one_first_to_call')],
            },
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('signed_on', models.DateField(blank=True, null=True, verbose_name='signed on')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('data_sharing', models.BooleanField(default=False, verbose_name='allows sharing of personal data')),
                ('note', accounts.rows.SealedField(blank=True, null=True, verbose_name='remarks')),
                ('agreement_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='type')),
                ('programmes', models.ManyToManyField(related_name='+', to='accounts.programme', verbose_name='programmes')),
                ('status', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='state')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='partners.organisation')),
            ],
            options={
                'ordering': ('-valid_from', '-pk'),
                'indexes': [models.Index(fields=['status', 'valid_to'], name='agreement_expiry')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), models.Q(('valid_from__isnull', False), ('valid_to__gte', models.F('valid_from'))), _connector='OR'), name='agreement_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'agreement_statuses:signed'), _negated=True), models.Q(('signed_on__isnull', False), ('valid_from__isnull', False)), _connector='OR'), name='agreement_signed_has_its_dates'), models.CheckConstraint(condition=models.Q(('status__in', ('agreement_statuses:expiring', 'agreement_statuses:expired')), _negated=True), name='agreement_expiry_is_never_stored')],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('capacity', models.PositiveIntegerField(blank=True, help_text='People at a time.', null=True, verbose_name='capacity')),
                ('opening_hours', models.CharField(blank=True, max_length=160, verbose_name='opening hours')),
                ('open_24h', models.BooleanField(default=False, verbose_name='open 24 hours')),
                ('age_min', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='from age')),
                ('age_max', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='to age')),
                ('sexes', partners.models.columns.CodesField(blank=True, codes=('female', 'male', 'intersex', 'sex_unknown'), default=list, max_length=32, verbose_name='accepts')),
                ('nationality_rule', models.CharField(choices=[('any', 'Any nationality'), ('foreign', 'Foreign nationals only'), ('listed', 'Only the nationalities listed')], default='any', max_length=10, verbose_name='nationality')),
                ('last_verified_on', models.DateField(blank=True, null=True, verbose_name='last verified on')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ('documents', models.ManyToManyField(blank=True, related_name='+', to='terminology.concept', verbose_name='documents needed')),
                ('languages', models.ManyToManyField(blank=True, related_name='+', to='terminology.concept', verbose_name='languages')),
                ('nationalities', models.ManyToManyField(blank=True, related_name='+', to='terminology.concept', verbose_name='nationalities')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='partners.organisation')),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='service')),
            ],
            options={
                'ordering': ('service', 'pk'),
                'indexes': [models.Index(condition=models.Q(('ended_on__isnull', True)), fields=['service', 'organisation'], name='service_offered_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('age_min__isnull', True), ('age_max__isnull', True), ('age_max__gte', models.F('age_min')), _connector='OR'), name='service_ages_are_in_order'), models.CheckConstraint(condition=models.Q(models.Q(('age_min__isnull', True), ('age_min__lte', 120), _connector='OR'), models.Q(('age_max__isnull', True), ('age_max__lte', 120), _connector='OR')), name='service_ages_are_possible'), models.CheckConstraint(condition=models.Q(('nationality_rule__in', ('any', 'foreign', 'listed'))), name='service_nationality_rule_is_known'), models.CheckConstraint(condition=models.Q(('sexes__regex', '^((female|male|intersex|sex_unknown)(;(female|male|intersex|sex_unknown))*)?$')), name='service_sexes_are_known'), models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True)), fields=('organisation', 'service'), name='service_is_offered_once')],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('code', models.CharField(max_length=12, unique=True, validators=[django.core.validators.RegexValidator('\\A[A-Z][A-Z0-9]{1,11}\\Z', 'Capital letters and digits, such as S07.')], verbose_name='code')),
                ('name_en', models.CharField(max_length=160, verbose_name='name in English')),
                ('name_es', models.CharField(max_length=160, verbose_name='name in Spanish')),
                ('name_fr', models.CharField(max_length=160, verbose_name='name in French')),
                ('words', partners.models.columns.WordsField(blank=True, default='', editable=False, max_length=520, of=('code', 'name_es', 'name_en', 'name_fr'))),
                ('mobile', models.BooleanField(default=True, help_text='The centre and remote follow-up are not counted among the locations.', verbose_name='location of a mobile team')),
                ('latitude', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                ('longitude', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                ('altitude', models.IntegerField(blank=True, null=True, verbose_name='altitude in metres')),
                ('opened', models.DateField(verbose_name='open from')),
                ('closed', models.DateField(blank=True, null=True, verbose_name='last open day')),
                ('weekdays', partners.models.columns.CodesField(blank=True, codes=('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), default=list, max_length=27, verbose_name='days of the week')),
                ('teams', partners.models.columns.CodesField(blank=True, codes=('medical', 'nursing', 'srh', 'sgbv', 'psychology', 'psychiatry', 'social_work', 'health_promotion', 'cultural_mediation', 'physiotherapy', 'occupational'), default=list, max_length=121, verbose_name='disciplines')),
                ('host', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='partners.organisation', verbose_name='organisation that receives the team')),
                ('place', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='place')),
                ('programmes', models.ManyToManyField(related_name='+', to='accounts.programme', verbose_name='programmes')),
                ('site_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept', verbose_name='type')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='partners.site', verbose_name='site that takes over')),
            ],
            options={
                'ordering': ('code',),
                'indexes': [models.Index(fields=['opened', 'closed'], name='site_open_days')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name_en', ''), _negated=True), models.Q(('name_es', ''), _negated=True), models.Q(('name_fr', ''), _negated=True)), name='site_has_a_name_in_each_language'), models.CheckConstraint(condition=models.Q(('closed__isnull', True), ('closed__gte', models.F('opened')), _connector='OR'), name='site_closes_after_it_opens'), models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__isnull', False), ('latitude__range', (-90, 90)), ('longitude__isnull', False), ('longitude__range', (-180, 180))), _connector='OR'), name='site_point_is_on_earth'), models.CheckConstraint(condition=models.Q(('altitude__isnull', True), ('altitude__range', (-500, 6000)), _connector='OR'), name='site_altitude_is_possible'), models.CheckConstraint(condition=models.Q(('successor__isnull', True), models.Q(('successor', models.F('id')), _negated=True), _connector='OR'), name='site_is_not_its_own_successor'), models.CheckConstraint(condition=models.Q(('weekdays__regex', '^((mon|tue|wed|thu|fri|sat|sun)(;(mon|tue|wed|thu|fri|sat|sun))*)?$')), name='site_weekdays_are_known'), models.CheckConstraint(condition=models.Q(('teams__regex', '^((medical|nursing|srh|sgbv|psychology|psychiatry|social_work|health_promotion|cultural_mediation|physiotherapy|occupational)(;(medical|nursing|srh|sgbv|psychology|psychiatry|social_work|health_promotion|cultural_mediation|physiotherapy|occupational))*)?$')), name='site_teams_are_known')],
            },
        ),
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('label', models.CharField(max_length=200, verbose_name='title')),
                ('date', models.DateField(verbose_name='date')),
                ('participants_female', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5000)], verbose_name='women')),
                ('participants_male', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5000)], verbose_name='men')),
                ('participants_intersex', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5000)], verbose_name='intersex people')),
                ('participants_unknown', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(5000)], verbose_name='sex unknown')),
                ('hours', models.DecimalField(decimal_places=1, max_digits=4, validators=[django.core.validators.MinValueValidator(Decimal('0.5')), django.core.validators.MaxValueValidator(200)], verbose_name='hours')),
                ('pre_mean', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='mean before')),
                ('post_mean', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='mean after')),
                ('both_tests', models.PositiveIntegerField(blank=True, null=True, verbose_name='people with both tests')),
                ('bodies', models.ManyToManyField(related_name='trainings', to='partners.organisation')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme', verbose_name='programme')),
                ('recorded_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('topics', models.ManyToManyField(related_name='+', to='terminology.concept')),
            ],
            options={
                'ordering': ('-date', '-pk'),
                'indexes': [models.Index(fields=['programme', 'date'], name='training_in_period')],
                'constraints': [models.CheckConstraint(condition=models.Q(('hours__range', (Decimal('0.5'), 200))), name='training_hours_are_possible'), models.CheckConstraint(condition=models.Q(models.Q(('pre_mean__isnull', True), ('pre_mean__range', (0, 100)), _connector='OR'), models.Q(('post_mean__isnull', True), ('post_mean__range', (0, 100)), _connector='OR')), name='training_means_are_0_to_100'), models.CheckConstraint(condition=models.Q(('both_tests__isnull', True), ('both_tests__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('participants_female'), '+', models.F('participants_male')), '+', models.F('participants_intersex')), '+', models.F('participants_unknown'))), _connector='OR'), name='training_tests_are_of_participants')],
            },
        ),
    ]
