import accounts.rows
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('partners', '0001_initial'),
        ('patients', '0001_initial'),
        ('terminology', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Episode',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('admitted_on', models.DateField()),
                ('closed_on', models.DateField(null=True)),
                ('outcome', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('reference_worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-admitted_on',),
                'indexes': [models.Index(fields=['programme', 'admitted_on', 'closed_on'], name='episode_active')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_on__isnull', True)), fields=('patient', 'programme'), name='episode_one_open_per_person_and_programme'), models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('outcome__isnull', True)), models.Q(('closed_on__gte', models.F('admitted_on')), ('closed_on__isnull', False), ('outcome__isnull', False)), _connector='OR'), name='episode_outcome_follows_closing')],
            },
        ),
        migrations.CreateModel(
            name='Consultation',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('discipline', models.CharField(choices=[('medical', 'Medical (primary health care)'), ('nursing', 'Nursing'), ('srh', 'Sexual and reproductive health'), ('sgbv', 'Sexual-violence care'), ('psychology', 'Mental health (psychology)'), ('psychiatry', 'Psychiatry / mhGAP'), ('social_work', 'Social work'), ('health_promotion', 'Health promotion (individual)'), ('cultural_mediation', 'Cultural mediation'), ('physiotherapy', 'Physiotherapy'), ('occupational', 'Occupational therapy')], max_length=20)),
                ('visit_type', models.CharField(choices=[('first', 'First visit'), ('follow_up', 'Follow-up (same episode)'), ('new_episode', 'New episode (known person)'), ('readmission', 'Readmission'), ('closure', 'Closure session')], max_length=12, verbose_name='visit type')),
                ('local_date', models.DateField(verbose_name='date')),
                ('age_years', models.PositiveSmallIntegerField(null=True)),
                ('started_at', models.DateTimeField()),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('minutes', models.PositiveSmallIntegerField(null=True)),
                ('paper_folio', models.CharField(blank=True, max_length=40)),
                ('consent_reason', accounts.rows.SealedField(blank=True, null=True)),
                ('mark', models.CharField(max_length=64)),
                ('consent_giver', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('late_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('mediation', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('mode', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('professional', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('treatment_consent', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('episode', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='consultations.episode')),
            ],
            options={
                'ordering': ('-local_date', '-started_at'),
                'indexes': [models.Index(fields=['local_date', 'programme', 'discipline', 'site', 'visit_type', 'age_years', 'patient'], name='consultation_figures'), models.Index(fields=['programme', 'local_date', 'discipline'], name='consultation_of_programme'), models.Index(fields=['patient', '-local_date'], name='consultation_of_person'), models.Index(fields=['professional', '-local_date'], name='consultation_of_author')],
                'constraints': [models.CheckConstraint(condition=models.Q(('discipline__in', ['medical', 'nursing', 'srh', 'sgbv', 'psychology', 'psychiatry', 'social_work', 'health_promotion', 'cultural_mediation', 'physiotherapy', 'occupational'])), name='consultation_discipline_is_known'), models.CheckConstraint(condition=models.Q(('visit_type__in', ['first', 'follow_up', 'new_episode', 'readmission', 'closure'])), name='consultation_visit_type_is_known'), models.CheckConstraint(condition=models.Q(('mode', 'consultation_modes:group'), _negated=True), name='consultation_is_never_a_group_session'), models.CheckConstraint(condition=models.Q(('age_years__isnull', True), ('age_years__lte', 120), _connector='OR'), name='consultation_age_is_possible'), models.CheckConstraint(condition=models.Q(('signed_at__gte', models.F('started_at'))), name='consultation_signed_after_it_started')],
            },
        ),
        migrations.CreateModel(
            name='GroupActivity',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('local_date', models.DateField(verbose_name='date')),
                ('minutes', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)])),
                ('women', models.PositiveSmallIntegerField(default=0)),
                ('men', models.PositiveSmallIntegerField(default=0)),
                ('girls', models.PositiveSmallIntegerField(default=0)),
                ('boys', models.PositiveSmallIntegerField(default=0)),
                ('other', models.PositiveSmallIntegerField(default=0)),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('mark', models.CharField(max_length=64)),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaced_by', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='consultations.groupactivity')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'verbose_name_plural': 'group activities',
                'ordering': ('-local_date', '-signed_at'),
                'indexes': [models.Index(fields=['programme', 'local_date', 'type', 'site'], name='activity_figures')],
                'constraints': [models.CheckConstraint(condition=models.Q(('women__gt', 0), ('men__gt', 0), ('girls__gt', 0), ('boys__gt', 0), ('other__gt', 0), _connector='OR'), name='activity_has_somebody'), models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('minutes__lte', 480)), name='activity_minutes_are_5_to_480'), models.CheckConstraint(condition=models.Q(('replaced_by__isnull', True), models.Q(('replaced_by', models.F('id')), _negated=True), _connector='OR'), name='activity_does_not_replace_itself')],
            },
        ),
        migrations.CreateModel(
            name='ActivityTopic',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('topic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topics', to='consultations.groupactivity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('activity', 'topic'), name='activity_topic_once')],
            },
        ),
        migrations.CreateModel(
            name='ActivityParticipant',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='named', to='consultations.groupactivity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('activity', 'patient'), name='activity_participant_once')],
            },
        ),
        migrations.CreateModel(
            name='ActivityLanguage',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('language', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='languages', to='consultations.groupactivity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('activity', 'language'), name='activity_language_once')],
            },
        ),
        migrations.CreateModel(
            name='ActivityCount',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sex', models.CharField(max_length=12)),
                ('count', models.PositiveSmallIntegerField()),
                ('age_band', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='consultations.groupactivity')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('activity', 'sex', 'age_band'), name='activity_count_once_per_cell'), models.CheckConstraint(condition=models.Q(('sex__in', ('female', 'male', 'intersex', 'sex_unknown'))), name='activity_count_sex_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ItemDistribution',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5000)])),
                ('activity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='consultations.groupactivity')),
                ('consultation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='consultations.consultation')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('consultation__isnull', True), ('activity__isnull', True), _connector='XOR'), name='items_belong_to_a_consultation_or_an_activity'), models.CheckConstraint(condition=models.Q(('quantity__gte', 1), models.Q(('activity__isnull', False), ('quantity__lte', 20), _connector='OR')), name='items_are_1_to_20_for_a_person')],
            },
        ),
        migrations.CreateModel(
            name='MediationDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('minutes', models.PositiveSmallIntegerField(null=True)),
                ('note', accounts.rows.SealedField(blank=True, null=True)),
                ('activity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
                ('language', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('mode', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='MediationLink',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('mediation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='supported_link', to='consultations.consultation')),
                ('supported', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mediation_links', to='consultations.consultation')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('mediation', models.F('supported')), _negated=True), name='mediation_supports_another_consultation')],
            },
        ),
        migrations.CreateModel(
            name='MedicalDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason_text', accounts.rows.SealedField(blank=True, null=True)),
                ('pregnancy_weeks', models.PositiveSmallIntegerField(null=True)),
                ('pregnancy_estimated', models.BooleanField(default=False)),
                ('last_period', models.DateField(null=True)),
                ('history', accounts.rows.SealedField(blank=True, null=True)),
                ('exam', accounts.rows.SealedField(blank=True, null=True)),
                ('advice_plan', accounts.rows.SealedField(blank=True, null=True)),
                ('prescribed_by', accounts.rows.SealedField(blank=True, null=True)),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
                ('contraception', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('contraception_given', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('pregnancy', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('risk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('violence_link', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pregnancy_weeks__isnull', True), ('pregnancy_weeks__lte', 42), _connector='OR'), name='medical_weeks_are_0_to_42')],
            },
        ),
        migrations.CreateModel(
            name='MentalHealthDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('service_explained', models.BooleanField(null=True)),
                ('risk_action', accounts.rows.SealedField(blank=True, null=True)),
                ('session_note', accounts.rows.SealedField(blank=True, null=True)),
                ('plan', accounts.rows.SealedField(blank=True, null=True)),
                ('closure_note', accounts.rows.SealedField(blank=True, null=True)),
                ('history', accounts.rows.SealedField(blank=True, null=True)),
                ('mental_state_text', accounts.rows.SealedField(blank=True, null=True)),
                ('adherence', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('closure', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
                ('duration', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('referral_source', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('risk', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('risk_others', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('risk', 'mh_risk_levels:high'), _negated=True), ('risk_action__isnull', False), _connector='OR'), name='high_risk_has_an_action')],
            },
        ),
        migrations.CreateModel(
            name='Need',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('opened_on', models.DateField()),
                ('closed_on', models.DateField(null=True)),
                ('need', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('outcome', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
            ],
            options={
                'ordering': ('opened_on', 'pk'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_on__isnull', True)), fields=('patient', 'programme', 'need'), name='need_one_open_per_person_programme_and_kind'), models.CheckConstraint(condition=models.Q(('closed_on__isnull', True), ('closed_on__gte', models.F('opened_on')), _connector='OR'), name='need_closed_after_it_opened')],
            },
        ),
        migrations.CreateModel(
            name='NeedStep',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('action', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='need_steps', to='consultations.consultation')),
                ('need', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='consultations.need')),
                ('outcome', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation')),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('need', 'consultation'), name='need_step_once_per_consultation')],
            },
        ),
        migrations.CreateModel(
            name='Outing',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('local_date', models.DateField(verbose_name='date')),
                ('state', models.CharField(choices=[('planned', 'planned'), ('open', 'open'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='open', max_length=10)),
                ('planned', models.BooleanField(default=False)),
                ('private_space', models.BooleanField(default=True, verbose_name='private space for consultations')),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('remarks', accounts.rows.SealedField(blank=True, null=True)),
                ('cancel_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
            ],
            options={
                'ordering': ('-local_date', 'site'),
                'indexes': [models.Index(fields=['programme', 'local_date', 'state'], name='outing_of_the_day')],
                'constraints': [models.UniqueConstraint(fields=('programme', 'site', 'local_date'), name='outing_one_per_programme_site_and_day'), models.CheckConstraint(condition=models.Q(('state__in', ('planned', 'open', 'closed', 'cancelled'))), name='outing_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='outing_closed_at_follows_state'), models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason__isnull', False), ('state', 'cancelled')), models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancel_reason__isnull', True)), _connector='OR'), name='outing_cancel_reason_follows_state'), models.CheckConstraint(condition=models.Q(('state__in', ('planned', 'cancelled')), ('opened_at__isnull', False), _connector='OR'), name='outing_held_was_opened')],
            },
        ),
        migrations.AddField(
            model_name='groupactivity',
            name='outing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='consultations.outing'),
        ),
        migrations.AddField(
            model_name='consultation',
            name='outing',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='consultations.outing'),
        ),
        migrations.CreateModel(
            name='OutingMember',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('outing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='consultations.outing')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('outing', 'user'), name='outing_joined_once')],
            },
        ),
        migrations.CreateModel(
            name='OutingStaff',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('discipline', models.CharField(choices=[('medical', 'Medical (primary health care)'), ('nursing', 'Nursing'), ('srh', 'Sexual and reproductive health'), ('sgbv', 'Sexual-violence care'), ('psychology', 'Mental health (psychology)'), ('psychiatry', 'Psychiatry / mhGAP'), ('social_work', 'Social work'), ('health_promotion', 'Health promotion (individual)'), ('cultural_mediation', 'Cultural mediation'), ('physiotherapy', 'Physiotherapy'), ('occupational', 'Occupational therapy')], max_length=20)),
                ('count', models.DecimalField(decimal_places=1, default=Decimal('1'), max_digits=3, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(20)])),
                ('outing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff', to='consultations.outing')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('outing', 'discipline'), name='outing_staff_one_row_per_discipline'), models.CheckConstraint(condition=models.Q(('count__gte', 0), ('count__lte', 20)), name='outing_staff_is_0_to_20'), models.CheckConstraint(condition=models.Q(('discipline__in', ['medical', 'nursing', 'srh', 'sgbv', 'psychology', 'psychiatry', 'social_work', 'health_promotion', 'cultural_mediation', 'physiotherapy', 'occupational'])), name='outing_staff_discipline_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Prescription',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('dose', models.CharField(max_length=30)),
                ('route', models.CharField(choices=[('oral', 'by mouth'), ('im', 'intramuscular'), ('iv', 'intravenous'), ('sc', 'subcutaneous'), ('inhaled', 'inhaled'), ('topical', 'on the skin'), ('vaginal', 'vaginal'), ('rectal', 'rectal'), ('eye', 'eye drops'), ('ear', 'ear drops'), ('sublingual', 'under the tongue')], default='oral', max_length=10)),
                ('frequency', models.CharField(choices=[('single', 'single dose'), ('24h', 'every 24 hours'), ('12h', 'every 12 hours'), ('8h', 'every 8 hours'), ('6h', 'every 6 hours'), ('4h', 'every 4 hours'), ('night', 'at night'), ('weekly', 'once a week'), ('as_needed', 'as needed')], max_length=10)),
                ('days', models.PositiveSmallIntegerField(null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)])),
                ('quantity', models.PositiveSmallIntegerField(null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1000)])),
                ('administered', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('note', accounts.rows.SealedField(blank=True, null=True)),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prescriptions', to='consultations.consultation')),
                ('medicine', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.CheckConstraint(condition=models.Q(('route__in', ('oral', 'im', 'iv', 'sc', 'inhaled', 'topical', 'vaginal', 'rectal', 'eye', 'ear', 'sublingual'))), name='prescription_route_is_known'), models.CheckConstraint(condition=models.Q(('frequency__in', ('single', '24h', '12h', '8h', '6h', '4h', 'night', 'weekly', 'as_needed'))), name='prescription_frequency_is_known'), models.CheckConstraint(condition=models.Q(('days__isnull', True), models.Q(('days__gte', 1), ('days__lte', 365)), _connector='OR'), name='prescription_days_are_1_to_365')],
            },
        ),
        migrations.CreateModel(
            name='PromotionDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('note', accounts.rows.SealedField(blank=True, null=True)),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RehabilitationDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('plan', accounts.rows.SealedField(blank=True, null=True)),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ScaleResult',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('field', models.CharField(max_length=24)),
                ('value', models.PositiveSmallIntegerField(null=True)),
                ('local_date', models.DateField()),
                ('consultation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='consultations.consultation')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('scale', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'scale', '-local_date'], name='score_of_person')],
                'constraints': [models.UniqueConstraint(fields=('consultation', 'field'), name='score_once_per_field')],
            },
        ),
        migrations.CreateModel(
            name='SessionGoal',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('text', accounts.rows.SealedField(blank=True, null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='goals', to='consultations.consultation')),
                ('status', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'ordering': ('position',),
            },
        ),
        migrations.CreateModel(
            name='SocialWorkDetail',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('legal_next_date', models.DateField(null=True)),
                ('note', accounts.rows.SealedField(blank=True, null=True)),
                ('accommodation', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)s', to='consultations.consultation')),
                ('intention', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('legal_stage', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('risk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('safety', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TestResult',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='test_results', to='consultations.consultation')),
                ('result', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('test', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'ordering': ('position',),
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('in_care', 'In care'), ('seen', 'Seen'), ('left', 'Left without care')], default='waiting', max_length=10)),
                ('waits_for', models.JSONField(blank=True, default=list)),
                ('arrived_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('outing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='consultations.outing')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'ordering': ('arrived_at', 'pk'),
                'indexes': [models.Index(fields=['outing', 'state', 'arrived_at'], name='visit_tabs_of_today')],
                'constraints': [models.UniqueConstraint(fields=('outing', 'patient'), name='visit_one_per_person_and_outing'), models.CheckConstraint(condition=models.Q(('state__in', ('waiting', 'in_care', 'seen', 'left'))), name='visit_state_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('discipline', models.CharField(choices=[('medical', 'Medical (primary health care)'), ('nursing', 'Nursing'), ('srh', 'Sexual and reproductive health'), ('sgbv', 'Sexual-violence care'), ('psychology', 'Mental health (psychology)'), ('psychiatry', 'Psychiatry / mhGAP'), ('social_work', 'Social work'), ('health_promotion', 'Health promotion (individual)'), ('cultural_mediation', 'Cultural mediation'), ('physiotherapy', 'Physiotherapy'), ('occupational', 'Occupational therapy')], max_length=20)),
                ('body', accounts.rows.SealedField(blank=True, null=True)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end', models.CharField(blank=True, choices=[('signed', 'signed'), ('discarded', 'discarded by its author'), ('closed', 'unsigned, never counted')], max_length=10)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('outing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='consultations.outing')),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='consultations.visit')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['outing'], name='draft_open_of_outing'), models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['author', '-saved_at'], name='draft_open_of_author')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('author', 'patient', 'outing', 'discipline'), name='draft_one_open_per_author_person_outing_and_discipline'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at__isnull', True)), models.Q(('body', None), ('end__in', ('signed', 'discarded', 'closed')), ('ended_at__isnull', False)), _connector='OR'), name='draft_end_follows_ended_at_and_empties_it'), models.CheckConstraint(condition=models.Q(('discipline__in', ['medical', 'nursing', 'srh', 'sgbv', 'psychology', 'psychiatry', 'social_work', 'health_promotion', 'cultural_mediation', 'physiotherapy', 'occupational'])), name='draft_discipline_is_known')],
            },
        ),
        migrations.AddField(
            model_name='consultation',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consultations', to='consultations.visit'),
        ),
        migrations.CreateModel(
            name='VitalSigns',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('taken_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('temperature', models.DecimalField(blank=True, decimal_places=1, max_digits=3, null=True)),
                ('heart_rate', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(20), django.core.validators.MaxValueValidator(300)])),
                ('respiratory_rate', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(4), django.core.validators.MaxValueValidator(120)])),
                ('systolic_bp', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(30), django.core.validators.MaxValueValidator(300)])),
                ('diastolic_bp', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(15), django.core.validators.MaxValueValidator(200)])),
                ('spo2', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(40), django.core.validators.MaxValueValidator(100)])),
                ('glucose_capillary', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(800)])),
                ('weight', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ('height', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ('muac', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(70), django.core.validators.MaxValueValidator(500)])),
                ('pain', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)])),
                ('gcs', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(3), django.core.validators.MaxValueValidator(15)])),
                ('confirmed', models.JSONField(blank=True, default=list)),
                ('oedema', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('taken_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vitals', to='consultations.visit')),
            ],
            options={
                'ordering': ('-taken_at',),
                'indexes': [models.Index(fields=['patient', '-taken_at'], name='vital_signs_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('diastolic_bp__isnull', True), ('systolic_bp__isnull', True), ('diastolic_bp__lt', models.F('systolic_bp')), _connector='OR'), name='vital_signs_diastolic_below_systolic'), models.CheckConstraint(condition=models.Q(('temperature__isnull', True), models.Q(('temperature__gte', 30), ('temperature__lte', 43.5)), _connector='OR'), name='vital_signs_temperature_is_possible'), models.CheckConstraint(condition=models.Q(('spo2__isnull', True), models.Q(('spo2__gte', 40), ('spo2__lte', 100)), _connector='OR'), name='vital_signs_spo2_is_possible'), models.CheckConstraint(condition=models.Q(('pain__isnull', True), ('pain__lte', 10), _connector='OR'), name='vital_signs_pain_is_0_to_10')],
            },
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('field', models.CharField(max_length=24)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('concept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='consultations.consultation')),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('consultation', 'field', 'concept'), name='choice_once_per_field')],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('discipline', models.CharField(choices=[('medical', 'Medical (primary health care)'), ('nursing', 'Nursing'), ('srh', 'Sexual and reproductive health'), ('sgbv', 'Sexual-violence care'), ('psychology', 'Mental health (psychology)'), ('psychiatry', 'Psychiatry / mhGAP'), ('social_work', 'Social work'), ('health_promotion', 'Health promotion (individual)'), ('cultural_mediation', 'Cultural mediation'), ('physiotherapy', 'Physiotherapy'), ('occupational', 'Occupational therapy')], max_length=20)),
                ('local_date', models.DateField(verbose_name='date')),
                ('local_time', models.TimeField(blank=True, null=True, verbose_name='time')),
                ('state', models.CharField(choices=[('booked', 'booked'), ('attended', 'attended'), ('missed', 'did not attend'), ('cancelled_by_team', 'cancelled by the team'), ('cancelled_by_person', 'cancelled by the person')], default='booked', max_length=20)),
                ('booked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('booked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('missed_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('booked_in', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='consultations.consultation')),
                ('met_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.consultation')),
            ],
            options={
                'ordering': ('local_date', 'local_time'),
                'indexes': [models.Index(fields=['programme', 'local_date', 'state'], name='appointment_of_day'), models.Index(fields=['patient', 'local_date'], name='appointment_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ('booked', 'attended', 'missed', 'cancelled_by_team', 'cancelled_by_person'))), name='appointment_state_is_known'), models.CheckConstraint(condition=models.Q(('discipline__in', ['medical', 'nursing', 'srh', 'sgbv', 'psychology', 'psychiatry', 'social_work', 'health_promotion', 'cultural_mediation', 'physiotherapy', 'occupational'])), name='appointment_discipline_is_known'), models.UniqueConstraint(condition=models.Q(('state', 'booked')), fields=('patient', 'programme', 'discipline', 'local_date'), name='appointment_one_booked_per_person_discipline_and_day')],
            },
        ),
        migrations.CreateModel(
            name='Addendum',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', accounts.rows.SealedField(blank=True, null=True)),
                ('text', accounts.rows.SealedField(blank=True, null=True)),
                ('privacy_class', models.CharField(default='clinical', max_length=10)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('consultation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addenda', to='consultations.consultation')),
            ],
            options={
                'ordering': ('written_at',),
                'constraints': [models.CheckConstraint(condition=models.Q(('privacy_class__in', ('open', 'sensitive', 'clinical', 'protected'))), name='addendum_class_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Diagnosis',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('certainty', models.CharField(choices=[('suspected', 'suspected'), ('confirmed', 'confirmed')], default='confirmed', max_length=10)),
                ('novelty', models.CharField(choices=[('new', 'new'), ('follow_up', 'follow-up')], default='new', max_length=10)),
                ('concept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('consultation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='diagnoses', to='consultations.consultation')),
            ],
            options={
                'verbose_name_plural': 'diagnoses',
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('consultation', 'concept'), name='diagnosis_once_per_consultation'), models.CheckConstraint(condition=models.Q(('certainty__in', ('suspected', 'confirmed'))), name='diagnosis_certainty_is_known'), models.CheckConstraint(condition=models.Q(('novelty__in', ('new', 'follow_up'))), name='diagnosis_novelty_is_known'), models.CheckConstraint(condition=models.Q(('position__lte', 4)), name='diagnosis_at_most_five')],
            },
        ),
        migrations.AddIndex(
            model_name='consultation',
            index=models.Index(fields=['outing', 'discipline'], name='consultation_of_outing'),
        ),
    ]
