import gettext

import pytest

from config import translations

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
_("Sign")
ngettext("%(count)s person", "%(count)s people", 2)
pgettext("verb", "Refer")
_("Hello %(name)s")
"""
PAGE = """{% extends "base.html" %}
  {% block title %}{% translate "Partners" %}{% endblock %}
{% if x %}
      {{ _("Nobody found") }} {% fold _("More") form=form %}
    {% blocktranslate count n=n trimmed %}
      {{ n }} site
    {% plural %}
      {{ n }} sites
    {% endblocktranslate %}
{% endif %}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "desk" / "migrations").mkdir(parents=True)
    (tmp_path / "desk" / "views.py").write_text(CODE)
    (tmp_path / "desk" / "migrations" / "0001.py").write_text('_("Not this one")')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    monkeypatch.setattr(translations, "BASE_DIR", tmp_path)
    monkeypatch.setattr(translations, "APPS", ("desk",))
    return tmp_path


def translate(language: str, pairs: dict[str, str]) -> None:
    """Write translations into the catalogue as a translator would."""
    path = translations.path_of(language)
    text = path.read_text()
    for source, target in pairs.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{target}"')
    path.write_text(text)


def wrong(language: str = "es") -> list[str]:
    """The faults, without the file that each names."""
    found = translations.faults(language, translations.messages())
    return [line.removeprefix(f"{language}: ").removeprefix("desk/views.py: ") for line in found]


def only(text: str, project) -> None:
    """Leave one message in the project, so that one fault stands alone."""
    (project / "desk" / "views.py").write_text(text)
    (project / "templates" / "page.html").unlink()
    translations.sync()


def test_every_way_of_marking_a_text_is_found(project):
    found = {(m.id, m.context) for m in translations.messages() if m.id}
    assert found == {
        ("Sign", None),
        (("%(count)s person", "%(count)s people"), None),
        ("Refer", "verb"),
        ("Hello %(name)s", None),
        ("Partners", None),
        ("Nobody found", None),
        ("More", None),
        (("%(n)s site", "%(n)s sites"), None),
    }


def test_sync_keeps_translations_and_drops_what_the_code_no_longer_says(project):
    translations.sync()
    translate("es", {"Sign": "Firmar", "Partners": "Socios"})
    (project / "templates" / "page.html").write_text("")

    translations.sync()

    text = translations.path_of("es").read_text()
    assert 'msgid "Sign"\nmsgstr "Firmar"' in text
    assert "Partners" not in text
    assert "Socios" not in text


def test_sync_writes_the_same_bytes_again(project):
    translations.sync()
    first = translations.path_of("fr").read_bytes()
    translations.sync()
    assert translations.path_of("fr").read_bytes() == first


def test_check_names_a_message_that_is_missing(project):
    only("", project)
    (project / "desk" / "views.py").write_text('_("New")')
    assert "'New' is missing (make translations)" in wrong()
    assert translations.check() == 1


def test_check_names_a_message_that_is_not_translated(project):
    only('_("Sign")', project)
    assert wrong() == ["'Sign' is not translated"]


def test_check_names_a_plural_with_one_form_missing(project):
    only('ngettext("one", "many", 2)', project)
    path = translations.path_of("es")
    path.write_text(path.read_text().replace('msgstr[0] ""', 'msgstr[0] "uno"'))
    assert wrong() == ["'one' is not translated"]


def test_check_names_a_fuzzy_message_and_sync_does_not_hide_it(project):
    only('_("Sign")', project)
    translate("es", {"Sign": "Firmar"})
    path = translations.path_of("es")
    path.write_text(path.read_text().replace('msgid "Sign"', '#, fuzzy\nmsgid "Sign"'))
    assert "'Sign' is fuzzy" in wrong()

    translations.sync()

    assert "'Sign' is fuzzy" in wrong()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Hello %(name)s", "Hola %(nombre)s"),
        ("Hello %(name)s", "Hola"),
        ("Hello", "Hola %(name)s"),
        ("{n} rows", "{m} filas"),
        ("%s is empty", "vacío"),
    ],
)
def test_check_names_a_translation_with_other_placeholders(project, source, target):
    only(f"_({source!r})", project)
    translate("es", {source: target})
    assert wrong() == [f"{source!r} has other placeholders than its translation"]


def test_a_singular_may_leave_the_number_out(project):
    source = ("%(n)s day", "%(n)s days")
    assert translations.placeholders_match(source, ("un día", "%(n)s días")) is False
    assert translations.placeholders_match(("one day", "%(n)s days"), ("un día", "%(n)s días"))
    assert translations.placeholders_match(source, ("%(n)s día", "%(n)s días"))
    assert not translations.placeholders_match(source, ("%(n)s día", "días"))


def test_check_is_content_with_a_whole_catalogue(project, capsys):
    only('_("Sign")', project)
    translate("es", {"Sign": "Firmar"})
    translate("fr", {"Sign": "Signer"})
    assert translations.check() == 0
    assert "1 messages, each in es and fr" in capsys.readouterr().out


def test_what_is_compiled_is_what_django_reads(project):
    only('_("Sign")', project)
    translate("es", {"Sign": "Firmar"})
    translations.compile_all()
    with translations.path_of("es", ".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Sign") == "Firmar"
