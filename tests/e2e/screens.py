"""`make screens`: each screen beside its mockup, 1440 and 390 wide, on one page under test-artefacts/screens."""

import html
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.embedded.places import CHECKOUT
from tests.e2e.conftest import CHROMIUM, DESKTOP, FLAGS, PHONE, SIGNED_IN
from tests.support.city import City

FOLDER = CHECKOUT / "test-artefacts" / "screens"
MOCKUPS = CHECKOUT.parent / "shared" / "design" / "ux" / "mockups"
FORCE = "电子政务外网改造专班"
FLOOD = "淦河防汛专班"
# Screen, its address (or the room or force to open from there), the desktop's mockup and the phone's.
SCREENS = [
    ("sign-in", "/sign-in", "", "08-sign-in", ""),
    ("home", "/home", "", "06-workbench", "09b-mobile-tasks"),
    ("chat", "/im", FLOOD, "01-chat", "09a-mobile-chat"),
    ("force", "/force", FORCE, "02-taskforce-wall", "09b-mobile-tasks"),
    ("directory", "/org", "", "07-org-directory", ""),
]


def shoot(browser: Browser, url: str, *, phone: bool) -> None:
    size = PHONE if phone else DESKTOP
    context = browser.new_context(
        viewport=size, locale="zh-CN", base_url=url, has_touch=phone, is_mobile=phone
    )
    page = context.new_page()
    for name, address, inside, *_mockups in SCREENS:
        if name == "home":
            page.goto("/")
            page.get_by_role("button", name="专班负责人").first.click()
            page.wait_for_url(SIGNED_IN)
        _open(page, address, inside)
        page.screenshot(path=FOLDER / f"{name}-{size['width']}.png")
    context.close()


def _open(page: Page, address: str, inside: str) -> None:
    page.goto(address)
    if inside:
        page.get_by_text(inside).first.click()
    page.wait_for_timeout(3000)  # pictures, not promises: let lists and cards settle


def write_page() -> Path:
    """One row a screen and width: ours, and the mockup where there is one."""
    rows = []
    for name, _address, _inside, desktop, phone in SCREENS:
        for width, mockup in ((DESKTOP["width"], desktop), (PHONE["width"], phone)):
            picture = MOCKUPS / f"{mockup}.png"
            beside = ""
            if mockup and picture.is_file():
                shutil.copy(picture, FOLDER / picture.name)
                beside = f'<img src="{picture.name}" alt="mockup {html.escape(mockup)}">'
            rows.append(
                f'<h2>{name} · {width}</h2><div><img src="{name}-{width}.png" alt="{name}">{beside}</div>'
            )
    style = "body{font:14px sans-serif;margin:24px}div{display:flex;gap:16px}img{max-width:48%;border:1px solid #ccc}"
    page = FOLDER / "index.html"
    page.write_text(
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Screens</title><style>{style}</style>'
        f"{''.join(rows)}</html>",
        encoding="utf-8",
    )
    return page


def main() -> None:
    if not CHROMIUM:
        sys.exit("no Chromium: apt install chromium fonts-noto-cjk")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with City(CHECKOUT / "var" / "screens") as city, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shoot(browser, city.url, phone=False)
        shoot(browser, city.url, phone=True)
        browser.close()
    sys.stdout.write(f"{write_page()}\n")


if __name__ == "__main__":
    main()
