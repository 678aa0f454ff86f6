import accounts.rows
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('partners', '0001_initial'),
        ('terminology', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('identity', 'identity'), ('narrative', 'free text')], max_length=10)),
                ('wrapped', models.BinaryField(max_length=60, null=True)),
                ('destroyed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ('identity', 'narrative'))), name='data_key_purpose_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False)), models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), _connector='OR'), name='data_key_is_there_until_destroyed')],
            },
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('code', models.CharField(editable=False, max_length=9, unique=True)),
                ('sex', models.CharField(choices=[('female', 'Female'), ('male', 'Male'), ('intersex', 'Intersex'), ('sex_unknown', 'Unknown / not recorded')], max_length=12)),
                ('birth_year', models.PositiveSmallIntegerField()),
                ('birth_precision', models.CharField(choices=[('day', 'Exact date'), ('month', 'Month and year'), ('year', 'Year only'), ('estimated', 'Estimated')], max_length=10)),
                ('interpreter_needed', models.BooleanField()),
                ('data_consent', models.CharField(choices=[('given', 'Given'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], max_length=10)),
                ('hidden', models.BooleanField(default=False)),
                ('blocked_at', models.DateTimeField(blank=True, null=True)),
                ('registered_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('payload_mac', models.BinaryField(default=b'', max_length=32)),
                ('consent_giver', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('gender_identity', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('language', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='patients.patient')),
                ('migration_status', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('nationality', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('profile', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('registered_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('registered_in', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('registered_site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('second_nationality', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('status', models.ForeignKey(db_index=False, default='person_statuses:active', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('travel_composition', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'indexes': [models.Index(fields=['-registered_at', '-id'], name='patient_newest_first'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='patient_merged'), models.Index(condition=models.Q(('blocked_at__isnull', False)), fields=['-blocked_at'], name='patient_blocked')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sex__in', ('female', 'male', 'intersex', 'sex_unknown'))), name='patient_sex_is_known'), models.CheckConstraint(condition=models.Q(('birth_precision__in', ('day', 'month', 'year', 'estimated'))), name='patient_birth_precision_is_known'), models.CheckConstraint(condition=models.Q(('birth_year__gte', 1880), ('birth_year__lte', 2200)), name='patient_birth_year_is_possible'), models.CheckConstraint(condition=models.Q(('data_consent__in', ('given', 'refused', 'withdrawn'))), name='patient_data_consent_is_known'), models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='patient_is_not_merged_into_itself')],
            },
        ),
        migrations.CreateModel(
            name='LookAlike',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('likeness', models.PositiveSmallIntegerField()),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('decision', models.CharField(choices=[('open', 'to be looked at'), ('two_people', 'two people'), ('merged', 'one person, merged')], default='open', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('earlier', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('later', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('decision', 'open')), fields=['-found_at'], name='look_alike_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('decision', 'open')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('decision__in', ('two_people', 'merged'))), _connector='OR'), name='look_alike_decision_has_author_and_time'), models.CheckConstraint(condition=models.Q(('earlier', models.F('later')), _negated=True), name='look_alike_is_of_two_records'), models.UniqueConstraint(fields=('earlier', 'later'), name='look_alike_one_per_pair')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('given_name', accounts.rows.SealedField(blank=True, null=True)),
                ('family_name', accounts.rows.SealedField(blank=True, null=True)),
                ('mother_name', accounts.rows.SealedField(blank=True, null=True)),
                ('official_name', accounts.rows.SealedField(blank=True, null=True)),
                ('is_alias', models.BooleanField(default=False)),
                ('birth_date', accounts.rows.SealedField(blank=True, null=True)),
                ('phone', accounts.rows.SealedField(blank=True, null=True)),
                ('contact', accounts.rows.SealedField(blank=True, null=True)),
                ('care_preferences', accounts.rows.SealedField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.datakey')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-recorded_at'], name='identity_of_person')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('patient',), name='identity_one_current_per_person')],
            },
        ),
        migrations.CreateModel(
            name='FamilyLink',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('relation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='relative_links', to='patients.patient')),
                ('relative', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='links_to', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'ended_on'], name='family_of_person'), models.Index(fields=['relative', 'ended_on'], name='family_of_relative')],
                'constraints': [models.CheckConstraint(condition=models.Q(('patient', models.F('relative')), _negated=True), name='nobody_is_their_own_relative'), models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('since')), _connector='OR'), name='family_link_ends_after_it_starts'), models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True)), fields=('patient', 'relative'), name='family_link_one_open_per_pair')],
            },
        ),
        migrations.AddField(
            model_name='datakey',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='data_keys', to='patients.patient'),
        ),
        migrations.CreateModel(
            name='ContactAttempt',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('local_date', models.DateField()),
                ('next_attempt', models.DateTimeField(blank=True, null=True)),
                ('note', accounts.rows.SealedField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('payload_mac', models.BinaryField(null=True)),
                ('reviewed_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('method', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('outcome', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('programme', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('purpose', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('reviewed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contact_attempts', to='patients.patient')),
            ],
            options={
                'ordering': ('-at', '-pk'),
                'indexes': [models.Index(fields=['patient', 'programme', '-local_date'], name='contact_attempt_of_person'), models.Index(condition=models.Q(('outcome__in', ('contact_outcomes:unsafe', 'contact_outcomes:declined')), ('reviewed_at__isnull', True)), fields=['patient'], name='contact_attempt_stopping')],
                'constraints': [models.CheckConstraint(condition=models.Q(('method', 'safe_contact_methods:no_contact'), _negated=True), name='contact_attempt_never_where_contact_is_refused'), models.CheckConstraint(condition=models.Q(('next_attempt__isnull', True), ('next_attempt__gt', models.F('at')), _connector='OR'), name='contact_attempt_next_one_comes_later'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at__isnull', True), ('reviewed_by__isnull', True)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='contact_attempt_is_reviewed_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('method', models.CharField(choices=[('paper_folio', 'signed on paper (folio)'), ('signature', 'signature'), ('thumbprint', 'thumbprint'), ('verbal', 'spoken, noted here'), ('verbal_witnessed', 'spoken before a witness')], max_length=16, verbose_name='method')),
                ('folio', models.CharField(blank=True, max_length=20, verbose_name='folio')),
                ('text_version', models.CharField(blank=True, max_length=20)),
                ('witness', accounts.rows.SealedField(blank=True, null=True)),
                ('reason', accounts.rows.SealedField(blank=True, null=True)),
                ('purpose', accounts.rows.SealedField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('payload_mac', models.BinaryField(default=b'', max_length=32)),
                ('decision', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('giver', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('language', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('partner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'type', '-decided_at'], name='consent_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('method__in', ('paper_folio', 'signature', 'thumbprint', 'verbal', 'verbal_witnessed'))), name='consent_method_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Allergy',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('none', 'No known allergies'), ('unknown', 'Unknown'), ('listed', 'Allergic to')], max_length=8)),
                ('substances', accounts.rows.SealedField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.datakey')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='allergies', to='patients.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('key__isnull', False), ('state', 'listed'), ('substances__isnull', False)), models.Q(('state__in', ('none', 'unknown')), ('substances__isnull', True)), _connector='OR'), name='allergy_substances_follow_state'), models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('patient',), name='allergy_one_current_per_person')],
            },
        ),
        migrations.CreateModel(
            name='Access',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('basis', models.CharField(choices=[('registered', 'registered here'), ('consulted', 'seen here'), ('referral', 'referral'), ('episode', 'episode of care'), ('card', "code of the person's card"), ('emergency', 'emergency')], max_length=12)),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('shares_history', models.BooleanField(default=False)),
                ('programme', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'programme', 'until'], name='access_scope'), models.Index(condition=models.Q(('programme__isnull', False)), fields=['programme', 'patient'], name='access_of_programme'), models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'patient'], name='access_of_user'), models.Index(condition=models.Q(('basis__in', ('card', 'emergency'))), fields=['-since'], name='access_out_of_the_ordinary')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('programme__isnull', True), ('user__isnull', False)), models.Q(('programme__isnull', False), ('user__isnull', True)), _connector='OR'), name='access_is_of_a_programme_or_of_a_user'), models.CheckConstraint(condition=models.Q(('basis__in', ('registered', 'consulted', 'referral', 'episode', 'card', 'emergency'))), name='access_basis_is_known'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='access_ends_after_it_starts'), models.UniqueConstraint(condition=models.Q(('programme__isnull', False), ('until__isnull', True)), fields=('patient', 'programme', 'basis'), name='access_one_open_per_programme_and_basis'), models.UniqueConstraint(condition=models.Q(('until__isnull', True), ('user__isnull', False)), fields=('patient', 'user', 'basis'), name='access_one_open_per_user_and_basis')],
            },
        ),
        migrations.CreateModel(
            name='PersonState',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('profile', 'profile'), ('migration_status', 'migration status'), ('status', 'status of the person')], max_length=16)),
                ('since', models.DateField()),
                ('source', models.CharField(choices=[('person', 'the person'), ('relative', 'a relative or companion'), ('team', 'the team'), ('partner', 'another organisation')], default='person', max_length=8)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='states', to='patients.patient')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('value', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'kind', '-since', '-id'], name='person_state_history')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ('profile', 'migration_status', 'status'))), name='person_state_kind_is_known'), models.CheckConstraint(condition=models.Q(('source__in', ('person', 'relative', 'team', 'partner'))), name='person_state_source_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ProtectionTask',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('child_protection', 'Child without an adult of their family'), ('safety', 'Safety follow-up')], max_length=20)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', accounts.rows.SealedField(blank=True, null=True)),
                ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='protection_tasks', to='patients.patient')),
                ('programme', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['due_at'], name='protection_task_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ('child_protection', 'safety'))), name='protection_task_kind_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('outcome__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('outcome__isnull', False)), _connector='OR'), name='protection_task_closes_with_author_and_outcome'), models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('patient', 'kind'), name='protection_task_one_open_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='SearchToken',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.SmallIntegerField(choices=[(1, 'sound of a part of the name'), (2, 'sound without one letter'), (3, "sound of the mother's name"), (4, 'last digits of the phone')])),
                ('token', models.IntegerField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'token', 'patient'], name='search_token_lookup')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', (1, 2, 3, 4))), name='search_token_kind_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Vulnerability',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
                ('source', models.CharField(choices=[('automatic', 'set by a rule'), ('recorded', 'recorded')], max_length=10)),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('criterion', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='vulnerabilities', to='patients.patient')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'criterion', 'since'], name='vulnerability_of_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('source__in', ('automatic', 'recorded'))), name='vulnerability_source_is_known'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='vulnerability_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(models.Q(('ended_by__isnull', True), ('until__isnull', True)), models.Q(('ended_by__isnull', False), ('until__isnull', False)), _connector='OR'), name='vulnerability_is_ended_by_somebody'), models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('patient', 'criterion'), name='vulnerability_one_open_per_criterion')],
            },
        ),
        migrations.AddConstraint(
            model_name='datakey',
            constraint=models.UniqueConstraint(fields=('patient', 'purpose'), name='data_key_one_per_person_and_purpose'),
        ),
    ]
