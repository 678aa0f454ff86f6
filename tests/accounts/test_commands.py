"""The first administrator of an installation, and the way back in."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AccessEvent, Posting, User
from tests.accounts.factories import PASSWORD, ProgrammeFactory, UserFactory

pytestmark = pytest.mark.django_db


def printed_password(capsys) -> str:
    return capsys.readouterr().out.removeprefix("One-time password: ").strip()


def test_the_first_administrator_gets_a_one_time_password(capsys):
    call_command("create_user", "rosa@vereda.example", "Rosa Núñez")

    user = User.objects.by_email("rosa@vereda.example")
    assert user.check_password(printed_password(capsys))
    assert user.must_change_password
    assert user.roles == {"administrator"}
    assert set(AccessEvent.objects.values_list("actor__name", flat=True)) == {"command"}


def test_a_lasting_password_can_be_typed(capsys, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda: PASSWORD)

    call_command("create_user", "rosa@vereda.example", "Rosa", "--ask-password")

    user = User.objects.by_email("rosa@vereda.example")
    assert user.check_password(PASSWORD)
    assert not user.must_change_password
    assert capsys.readouterr().out == ""


def test_other_roles_name_their_programme():
    programme = ProgrammeFactory(code="CAI")

    call_command("create_user", "rosa@vereda.example", "Rosa", role="coordinator", programme="CAI")

    assert Posting.objects.get().programme == programme


@pytest.mark.parametrize(
    ("email", "options"),
    [
        ("no e-mail", {}),
        ("taken@vereda.example", {}),
        ("rosa@vereda.example", {"role": "coordinator"}),
        ("rosa@vereda.example", {"role": "coordinator", "programme": "NONE"}),
        ("rosa@vereda.example", {"programme": "CAI"}),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_left_behind(email, options):
    UserFactory(email="taken@vereda.example")
    ProgrammeFactory(code="CAI")

    with pytest.raises(CommandError):
        call_command("create_user", email, "Rosa", **options)

    assert User.objects.filter(is_system=False).count() == 1
    assert not Posting.objects.exists()


def test_a_forgotten_password_is_replaced(capsys):
    user = UserFactory()

    call_command("set_password", user.email)

    user.refresh_from_db()
    assert user.check_password(printed_password(capsys))
    with pytest.raises(CommandError):
        call_command("set_password", "nobody@vereda.example")
