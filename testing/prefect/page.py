"""Keeps a secret the way a person does: on the server's own web page, in a browser.

    page.py ADDRESS PICTURE

ADDRESS is that of the pages; PICTURE is a file for what the browser shows in the end. The standard
input holds one JSON object: the name of the block, and the value to type.
"""

import json
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
]


def main():
    address, picture = sys.argv[1:]
    (name, value), = json.load(sys.stdin).items()
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in OPTIONS:
        options.add_argument(option)
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    wait = WebDriverWait(browser, 60)

    def find(selector):
        return wait.until(lambda _: browser.find_element(By.CSS_SELECTOR, selector))

    try:
        browser.get(f"{address}/blocks/catalog/secret/create")
        find("textarea").send_keys(value)
        find("input[type=text]").send_keys(name)
        find("button[type=submit]").click()
        wait.until(lambda _: "/blocks/block/" in browser.current_url)
        wait.until(lambda _: name in find("body").text)
        browser.save_screenshot(picture)
        if value in find("body").text:
            sys.exit("the page shows the value")
    finally:
        browser.quit()


main()
