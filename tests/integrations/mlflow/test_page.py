"""MLflow's own web page shows people our reason, in a real browser."""

import shutil

import pytest

from tests.conftest import need
from tests.integrations.mlflow.bypasses.lab import Side
from tests.tools.mlflow_server import Server, Stores

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
)
_WAIT_S = 60


@pytest.fixture
def browser(tmp_path):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    found = shutil.which("chromium"), shutil.which("chromedriver")
    need(all(found), "Chromium (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(found[1]))
    yield driver
    driver.quit()


@pytest.fixture
def side(mlflow_server):
    stores = Stores(f"sqlite:///{mlflow_server.database}", str(mlflow_server.log.parent))
    side = Side(Server(mlflow_server.url, mlflow_server.log, stores, 0, 0), mlflow_server.governed)
    yield side
    side.engine.dispose()


@pytest.fixture
def wait(browser):
    """Wait for an element, and give it once it can be seen."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support import expected_conditions
    from selenium.webdriver.support.ui import WebDriverWait

    def for_(css):
        seen = expected_conditions.visibility_of_element_located((By.CSS_SELECTOR, css))
        return WebDriverWait(browser, _WAIT_S).until(seen)

    return for_


def test_the_alias_dialog_says_why_and_what_to_do(browser, side, wait, tmp_path):
    from selenium.webdriver.common.keys import Keys

    version = side.model()
    browser.get(f"{side.server.url}/#/models/{version.name}/versions/{version.version}")
    wait("button[title='Add aliases']").click()
    wait("[role=dialog] input[role=combobox]").send_keys("champion", Keys.ENTER)
    wait("button[data-component-id='mlflow.edit-aliases-modal.save-button']").click()

    said = wait("[role=dialog] [role=alert]").text

    browser.save_screenshot(str(tmp_path / "dialog.png"))
    assert said == (
        f"[govgate] models:/{version.name}/1 @champion: no decision allows it; run govgate promote"
    )
    assert side.alias_of(version.name) == ""
