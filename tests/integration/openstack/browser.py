"""Signs in to Horizon as a person does, in a headless Chromium, and looks at the list of servers.

    browser.py ADDRESS USER SCREENSHOT      the password is read from standard input

Prints what the page says. Runs with playwright, in an environment of its own (tools/openstack-test).
"""

import sys

from playwright.sync_api import sync_playwright

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 120_000
"""Milliseconds."""


def main(address: str, user: str, screenshot: str) -> None:
    password = sys.stdin.readline().strip()
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/auth/login/")
        page.fill("#id_username", user)
        page.fill("#id_password", password)
        page.click("#loginBtn")
        page.wait_for_url(lambda url: "/auth/login" not in url)
        page.goto(f"{address}/project/instances/")
        page.wait_for_selector("table#instances")
        page.screenshot(path=screenshot)
        print(page.inner_text("body"))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
