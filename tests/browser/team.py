"""A team on its phones: pages signed in as somebody, and a hand that counts what it does."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@contextmanager
def signed_in(
    chromium: Browser, address: str, user: User | None, *, scripts: bool = True, width: int = 360
) -> Iterator[Page]:
    """A page of this user at `address`: by touch on a phone, with a mouse at a desk."""
    phone = width < 768
    context = chromium.new_context(
        base_url=address,
        viewport={"width": width, "height": 740 if phone else 800},
        has_touch=phone,
        is_mobile=phone,
        locale="es-MX",
        timezone_id="America/Mexico_City",
        java_script_enabled=scripts,
    )
    context.set_default_timeout(60_000)
    if user is not None:
        context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": address}])
    yield context.new_page()
    context.close()


def session_of(user: User) -> str:
    """The key of a session as the sign-in page leaves it."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["seen_at"] = session["signed_in_at"] = int(timezone.now().timestamp())
    session.save()
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


class Hand:
    """One person's hand on a page. Each tap and each field typed is one interaction; scrolling
    and reading are free (as `ux.md` counts)."""

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page, self.scripts = page, scripts
        self.count = 0

    def open(self, address: str) -> None:
        """Where the task starts: not counted."""
        self.page.goto(address)
        self._ready()

    def tap(self, target: str | Locator) -> None:
        """Tap a control, by CSS selector. What is not visible cannot be tapped."""
        found = self.page.locator(target) if isinstance(target, str) else target
        found.tap()
        self.count += 1

    def choose(self, name: str, value: str) -> None:
        """Tap the chip of an answer."""
        self.tap(self.page.locator(f'label.chip:has(input[name="{name}"][value="{value}"])').first)

    def type(self, name: str, text: str) -> None:
        self.page.locator(f'[name="{name}"]').first.fill(text)
        self.count += 1

    def select(self, name: str, value: str) -> None:
        """A list of the phone: it opens with a tap, and the answer is another one."""
        self.page.locator(f'select[name="{name}"]').first.select_option(value)
        self.count += 2

    def send(self, target: str | Locator) -> None:
        """Tap what leads to another page, and wait for it."""
        with self.page.expect_navigation():
            self.tap(target)
        self._ready()

    def _ready(self) -> None:
        expect(self.page.locator("main")).to_be_visible()
        if self.scripts:  # every module of the page has run
            expect(self.page.locator("body [data-module]")).to_have_count(0)
