import os
from urllib.parse import urlsplit

import pytest

from tests.scenarios import Scenario


@pytest.fixture(scope="session")
def scenario(scenarios: str) -> Scenario:
    """Both demonstration years, and the commands run on them as an outsider runs them."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        return Scenario(urlsplit(url)._replace(path=f"/{scenarios}").geturl())
    return Scenario(f"sqlite:///{scenarios}")
