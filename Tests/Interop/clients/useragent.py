"""A scripted web browser for OAuth: follows redirects and fills in login and consent forms. Standard library only.

As a program it is a browser for Python's `webbrowser` (BROWSER="python useragent.py %s &"): it ends by visiting the
redirect URI. The account comes from INTEROP_USER and INTEROP_PASSWORD.
"""

import http.cookiejar
import os
import re
import sys
import time
import urllib.error
import urllib.request
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

STEPS = 15
YES = re.compile("allow|accept|approve|yes|login|sign.?in|authorize|consent", re.I)
NO = re.compile("deny|refuse|cancel", re.I)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self._open = None

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = {"action": given.get("action", ""), "method": given.get("method", "get").lower(),
                          "values": {}, "types": {}, "buttons": []}
            self.found.append(self._open)
        elif self._open is not None and tag in ("input", "button") and given.get("name"):
            kind = given.get("type", "text" if tag == "input" else "submit").lower()
            if kind == "submit":
                self._open["buttons"].append((given["name"], given.get("value", "")))
            elif kind not in ("checkbox", "radio") or "checked" in given:
                self._open["values"][given["name"]] = given.get("value", "")
                self._open["types"][given["name"]] = kind

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def authorize(url, user=None, password=None):
    """Goes from the authorization URL to its redirect URI; returns that URI with the answer in its query, unvisited."""
    callback = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(_NoRedirect, cookies, urllib.request.ProxyHandler({}))
    data = None
    for _ in range(STEPS):
        request = urllib.request.Request(url, data, {"Referer": url, "Accept": "text/html"})
        try:
            page = opener.open(request, timeout=15)
        except urllib.error.HTTPError as answer:
            page = answer
        if page.status in (301, 302, 303, 307, 308):
            url, data = urljoin(url, page.headers["Location"]), None
            if url.startswith(callback):
                return url
            continue
        url, data = _submit(url, page, user, password)
    raise RuntimeError(f"no way to {callback} in {STEPS} steps")


def _submit(url, page, user, password):
    text = page.read().decode("utf-8", "replace")
    forms = _Forms()
    forms.feed(text)
    if not forms.found:
        words = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))
        raise RuntimeError(f"no form at {url} ({page.status}): {words[:300]}")
    form = next((form for form in forms.found if "password" in form["types"].values()), None)
    form = form or next((form for form in forms.found if form["method"] == "post"), forms.found[0])
    values = dict(form["values"])
    for name, kind in form["types"].items():
        if kind == "password" and password:
            values[name] = password
        elif kind in ("text", "email") and user and re.search("user|login|email|name|sub", name, re.I):
            values[name] = user
    buttons = [button for button in form["buttons"] if YES.search("".join(button)) and not NO.search(button[1])]
    for name, value in (buttons or form["buttons"])[:1]:
        values[name] = value
    target = urljoin(url, form["action"]) if form["action"] else url
    if form["method"] == "post":
        return target, urlencode(values).encode()
    return f"{target}?{urlencode(values)}", None


def visit(url, seconds=10.0):
    """GETs the redirect URI as a browser would; the client may need a moment until it listens there."""
    deadline = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(url, timeout=5).read()
            return
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    visit(authorize(sys.argv[1], os.environ.get("INTEROP_USER"), os.environ.get("INTEROP_PASSWORD")))
