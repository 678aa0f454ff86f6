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
        ('consultations', '0001_initial'),
        ('partners', '0001_initial'),
        ('patients', '0001_initial'),
        ('terminology', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('origin', models.CharField(choices=[('team', 'our team'), ('self', 'the person'), ('partner', 'a partner')], default='team', max_length=10)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('age_years', models.PositiveSmallIntegerField(null=True)),
                ('destination', models.CharField(editable=False, max_length=48)),
                ('urgency', models.CharField(choices=[('immediate', 'Immediate (life-threatening)'), ('urgent', 'Urgent'), ('priority', 'Priority'), ('routine', 'Routine')], max_length=10)),
                ('urgency_floor', models.CharField(choices=[('immediate', 'Immediate (life-threatening)'), ('urgent', 'Urgent'), ('priority', 'Priority'), ('routine', 'Routine')], max_length=10)),
                ('urgency_reason', accounts.rows.SealedField(blank=True, null=True)),
                ('lowered_reason', accounts.rows.SealedField(blank=True, null=True)),
                ('voice_handover_to', accounts.rows.SealedField(blank=True, null=True)),
                ('voice_handover_at', models.DateTimeField(null=True)),
                ('summary', accounts.rows.SealedField(blank=True, null=True)),
                ('mediator', models.BooleanField(default=False, verbose_name='mediator needed')),
                ('whereabouts', accounts.rows.SealedField(blank=True, null=True)),
                ('danger_reason', accounts.rows.SealedField(blank=True, null=True)),
                ('package', accounts.rows.SealedField(blank=True, null=True)),
                ('package_mark', models.CharField(blank=True, max_length=64)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('under_review', 'Under review'), ('info_requested', 'More information requested'), ('accepted', 'Accepted'), ('waitlisted', 'On waiting list'), ('declined', 'Not accepted'), ('appointment_given', 'Appointment given'), ('arrived', 'Person arrived / first contact done'), ('no_show', 'Did not attend'), ('service_received', 'Service received'), ('feedback_sent', 'Feedback to referrer sent'), ('closed_incomplete', 'Closed without service'), ('cancelled', 'Cancelled by person or referrer')], default='draft', max_length=20)),
                ('clock', models.CharField(choices=[('none', 'no clock'), ('triage', 'decision'), ('first_contact', 'first contact'), ('recontact', 'new contact'), ('feedback', 'answer to the sender')], default='none', max_length=14)),
                ('due_at', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('paused_seconds', models.PositiveIntegerField(default=0)),
                ('window_ends_at', models.DateTimeField(null=True)),
                ('cancel_asked_at', models.DateTimeField(null=True)),
                ('submitted_at', models.DateTimeField(null=True)),
                ('submitted_on', models.DateField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('waitlisted_at', models.DateTimeField(null=True)),
                ('risk_checked_on', models.DateField(null=True)),
                ('first_appointment_on', models.DateField(null=True)),
                ('arrived_at', models.DateTimeField(null=True)),
                ('served_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_on', models.DateField(null=True)),
                ('feedback_at', models.DateTimeField(null=True)),
                ('feedback', accounts.rows.SealedField(blank=True, null=True)),
                ('mark', models.CharField(editable=False, max_length=64)),
                ('agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.agreement')),
                ('appointment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.appointment')),
                ('assigned_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('consent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.consent')),
                ('consultation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.consultation')),
                ('data_scope', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('decline_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('episode', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.episode')),
                ('from_partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation')),
                ('from_programme', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('from_site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.site')),
                ('language', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('outcome', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('risk_now', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('to_partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.organisation')),
                ('to_programme', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('to_service', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.service')),
                ('whereabouts_type', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['to_programme', 'status', 'due_at'], include=('clock', 'urgency', 'submitted_at', 'id', 'patient'), name='referral_queue'), models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['from_programme', 'status', '-submitted_at'], include=('id', 'patient'), name='referral_sent'), models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['from_programme', '-closed_at'], include=('status', 'submitted_at', 'id', 'patient'), name='referral_sent_closed'), models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['to_programme', '-closed_at'], include=('status', 'id', 'patient'), name='referral_closed'), models.Index(fields=['patient', '-submitted_at'], name='referral_of_person'), models.Index(condition=models.Q(('clock', 'none'), _negated=True), fields=['due_at'], name='referral_due'), models.Index(fields=['submitted_on', 'from_programme'], name='referral_figures')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'submitted', 'under_review', 'info_requested', 'accepted', 'waitlisted', 'declined', 'appointment_given', 'arrived', 'no_show', 'service_received', 'feedback_sent', 'closed_incomplete', 'cancelled'])), name='referral_status_is_known'), models.CheckConstraint(condition=models.Q(('origin__in', ['team', 'self', 'partner'])), name='referral_origin_is_known'), models.CheckConstraint(condition=models.Q(('urgency__in', ['immediate', 'urgent', 'priority', 'routine']), ('urgency_floor__in', ['immediate', 'urgent', 'priority', 'routine'])), name='referral_urgency_is_known'), models.CheckConstraint(condition=models.Q(('from_programme__isnull', False), models.Q(('from_partner__isnull', False), ('origin', 'partner')), ('origin', 'self'), _connector='OR'), name='referral_says_who_asks'), models.CheckConstraint(condition=models.Q(models.Q(('to_partner__isnull', True), ('to_programme__isnull', False), ('to_service', None)), models.Q(('to_partner__isnull', False), ('to_programme__isnull', True)), _connector='OR'), name='referral_goes_to_a_programme_or_to_a_partner'), models.CheckConstraint(condition=models.Q(('from_programme__isnull', True), ('to_programme__isnull', True), models.Q(('from_programme', models.F('to_programme')), _negated=True), _connector='OR'), name='referral_leaves_the_programme'), models.CheckConstraint(condition=models.Q(('to_partner__isnull', True), ('status__in', ('draft', 'cancelled')), ('consent__isnull', False), ('danger_reason__isnull', False), ('data_scope', 'data_scopes:none'), _connector='OR'), name='referral_to_a_partner_has_consent_danger_or_no_data'), models.UniqueConstraint(condition=models.Q(('status__in', ('draft', 'submitted', 'under_review', 'info_requested', 'accepted', 'waitlisted', 'appointment_given', 'arrived', 'no_show', 'service_received'))), fields=('patient', 'destination'), name='referral_one_open_per_person_and_service'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'draft'), ('submitted_at__isnull', True), ('submitted_on', None)), ('status', 'cancelled'), models.Q(models.Q(('status', 'draft'), _negated=True), ('package__isnull', False), ('submitted_at__isnull', False), ('submitted_on__isnull', False)), _connector='OR'), name='referral_sent_has_its_time_and_package'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('declined', 'feedback_sent', 'closed_incomplete', 'cancelled')), ('closed_at__isnull', False)), models.Q(models.Q(('status__in', ('declined', 'feedback_sent', 'closed_incomplete', 'cancelled')), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='referral_closed_has_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('clock', 'none'), ('due_at__isnull', True), models.Q(('status__in', ('submitted', 'under_review', 'accepted', 'waitlisted', 'appointment_given', 'no_show', 'service_received')), _negated=True)), models.Q(('clock', 'triage'), ('due_at__isnull', False), ('status__in', ('submitted', 'under_review'))), models.Q(('clock', 'first_contact'), ('due_at__isnull', False), ('status__in', ('accepted', 'waitlisted', 'appointment_given'))), models.Q(('clock', 'recontact'), ('due_at__isnull', False), ('status', 'no_show')), models.Q(('clock', 'feedback'), ('due_at__isnull', False), ('status', 'service_received')), _connector='OR'), name='referral_clock_follows_status'), models.CheckConstraint(condition=models.Q(models.Q(('paused_at__isnull', False), ('status', 'info_requested')), models.Q(models.Q(('status', 'info_requested'), _negated=True), ('paused_at__isnull', True)), _connector='OR'), name='referral_pauses_while_information_is_asked'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'declined'), _negated=True), ('decline_reason__isnull', False), _connector='OR'), name='referral_declined_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('service_received', 'feedback_sent', 'closed_incomplete')), _negated=True), ('outcome__isnull', False), _connector='OR'), name='referral_ended_says_how'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('arrived', 'service_received', 'feedback_sent')), _negated=True), ('arrived_at__isnull', False), _connector='OR'), name='referral_arrived_has_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'feedback_sent'), _negated=True), models.Q(('feedback__isnull', False), ('feedback_at__isnull', False)), _connector='OR'), name='referral_answered_has_its_answer'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'waitlisted'), ('waitlisted_at__isnull', False)), models.Q(models.Q(('status', 'waitlisted'), _negated=True), ('waitlisted_at__isnull', True)), _connector='OR'), name='referral_waits_since')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('late', 'Late'), ('answer', 'Answer'), ('recheck', 'Recheck')], max_length=10)),
                ('cause', models.CharField(max_length=80)),
                ('clock', models.CharField(choices=[('none', 'no clock'), ('triage', 'decision'), ('first_contact', 'first contact'), ('recontact', 'new contact'), ('feedback', 'answer to the sender')], default='none', max_length=14)),
                ('level', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seen_at', models.DateTimeField(null=True)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.programme')),
                ('seen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='referrals.referral')),
            ],
            options={
                'ordering': ('-made_at',),
                'indexes': [models.Index(condition=models.Q(('seen_at__isnull', True)), fields=['programme', 'user'], name='referral_notice_unseen')],
                'constraints': [models.UniqueConstraint(fields=('referral', 'kind', 'cause', 'level'), name='referral_notice_once'), models.CheckConstraint(condition=models.Q(('kind__in', ('late', 'answer', 'recheck'))), name='referral_notice_kind_is_known'), models.CheckConstraint(condition=models.Q(('clock__in', ['none', 'triage', 'first_contact', 'recontact', 'feedback'])), name='referral_notice_clock_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ReferralAppointment',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('appointment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consultations.appointment')),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='referrals.referral')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('referral', 'appointment'), name='referral_appointment_once')],
            },
        ),
        migrations.CreateModel(
            name='ReferralContact',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('method', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='referrals.referral')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('referral', 'method'), name='referral_contact_once')],
            },
        ),
        migrations.CreateModel(
            name='ReferralCriterion',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('criterion', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='criteria', to='referrals.referral')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('referral', 'criterion'), name='referral_criterion_once')],
            },
        ),
        migrations.CreateModel(
            name='ReferralMove',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('move', models.CharField(max_length=16)),
                ('from_status', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('under_review', 'Under review'), ('info_requested', 'More information requested'), ('accepted', 'Accepted'), ('waitlisted', 'On waiting list'), ('declined', 'Not accepted'), ('appointment_given', 'Appointment given'), ('arrived', 'Person arrived / first contact done'), ('no_show', 'Did not attend'), ('service_received', 'Service received'), ('feedback_sent', 'Feedback to referrer sent'), ('closed_incomplete', 'Closed without service'), ('cancelled', 'Cancelled by person or referrer')], max_length=20)),
                ('to_status', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('under_review', 'Under review'), ('info_requested', 'More information requested'), ('accepted', 'Accepted'), ('waitlisted', 'On waiting list'), ('declined', 'Not accepted'), ('appointment_given', 'Appointment given'), ('arrived', 'Person arrived / first contact done'), ('no_show', 'Did not attend'), ('service_received', 'Service received'), ('feedback_sent', 'Feedback to referrer sent'), ('closed_incomplete', 'Closed without service'), ('cancelled', 'Cancelled by person or referrer')], max_length=20)),
                ('side', models.CharField(max_length=10)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('text', accounts.rows.SealedField(blank=True, null=True)),
                ('mark', models.CharField(blank=True, default='', max_length=64)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alternative', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.service')),
                ('reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='referrals.referral')),
                ('risk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('referral', 'position'), name='referral_move_positions_are_one_each'), models.CheckConstraint(condition=models.Q(('from_status__in', ['draft', 'submitted', 'under_review', 'info_requested', 'accepted', 'waitlisted', 'declined', 'appointment_given', 'arrived', 'no_show', 'service_received', 'feedback_sent', 'closed_incomplete', 'cancelled']), ('to_status__in', ['draft', 'submitted', 'under_review', 'info_requested', 'accepted', 'waitlisted', 'declined', 'appointment_given', 'arrived', 'no_show', 'service_received', 'feedback_sent', 'closed_incomplete', 'cancelled'])), name='referral_move_states_are_known'), models.CheckConstraint(condition=models.Q(('side__in', ('sender', 'receiver'))), name='referral_move_side_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ReferralReason',
            fields=[
                ('id', models.UUIDField(default=accounts.rows.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='terminology.concept')),
                ('referral', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reasons', to='referrals.referral')),
            ],
            options={
                'ordering': ('position',),
                'constraints': [models.UniqueConstraint(fields=('referral', 'reason'), name='referral_reason_once')],
            },
        ),
    ]
