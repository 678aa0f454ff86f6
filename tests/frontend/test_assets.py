"""Weight of what every visit loads, and what the content security policy asks of templates."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
STATIC = BASE / "static"
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
ICONS = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons/sprite.svg").read_text()))


def weight(*paths):
    return sum(len(brotli.compress(path.read_bytes())) for path in paths)


def test_the_style_weighs_at_most_9_kb():
    assert weight(*STATIC.glob("css/*.css")) <= 9 * 1024


def test_all_modules_together_weigh_at_most_14_kb():
    assert weight(*STATIC.glob("js/*.js")) <= 14 * 1024


def test_the_icons_weigh_at_most_3_kb():
    assert weight(STATIC / "icons/sprite.svg") <= 3 * 1024


def test_a_page_links_one_style_one_script_and_one_drawing():
    base = (BASE / "templates/base.html").read_text()
    assert len(set(re.findall(r"{% static '([^']+)' %}", base))) == 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_no_template_has_inline_script_or_style(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_icons_and_modules_named_in_a_template_exist(path):
    text = path.read_text()
    assert set(re.findall(r'{% icon "(\w+)"', text)) <= ICONS
    for names in re.findall(r"{% module ([^%]+) %}", text):
        for name in re.findall(r'"(\w+)"', names):
            assert (STATIC / f"js/{name}.js").is_file(), name


def test_nothing_is_fetched_from_elsewhere():
    for path in [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js"), *TEMPLATES]:
        assert not re.search(r"""(src|href|url|import)[=(]\s*["']?https?:""", path.read_text())


def test_vendored_files_have_their_licence_beside():
    for path in STATIC.glob("vendor/*.js"):
        assert path.with_name(path.name.replace(".min.js", ".LICENSE")).is_file()
