"""Test URL checks against real servers on 127.0.0.1, including private networks that are refused."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.catalogue.online_editions.url_probe import MOST_REDIRECTS, LinkFault, LinkProbeResult, Probe
from tests.hub.catalogue.online_editions.sites import HERE, Site, a_site


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as found:
        yield found


def test_reachable_link_is_checked_by_one_head_request(site: Site) -> None:
    assert site.probe().ask(site.url()) == LinkProbeResult(LinkFault.NONE, 200, "application/pdf")
    assert site.requested == ["HEAD /book.pdf"]
    assert site.hosts == [f"127.0.0.1:{site.port}"]


def test_site_without_head_is_asked_with_get(site: Site) -> None:
    site.answers["HEAD /book.pdf"] = 405
    assert site.probe().ask(site.url()).fault is LinkFault.NONE
    assert site.requested == ["HEAD /book.pdf", "GET /book.pdf"]


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (404, LinkFault.GONE),
        (410, LinkFault.GONE),
        (500, LinkFault.STATUS),
        (400, LinkFault.STATUS),
        (401, LinkFault.NONE),
        (403, LinkFault.NONE),
        (429, LinkFault.NONE),
    ],
)
def test_status_code_determines_the_fault(site: Site, status: int, fault: LinkFault) -> None:
    site.answers["/book.pdf"] = status
    found = site.probe().ask(site.url())
    assert (found.fault, found.status) == (fault, status)


def test_redirects_are_followed(site: Site) -> None:
    site.to = {"/old": "/new?of=书", "/new?of=%E4%B9%A6": site.url("/book.pdf")}
    assert site.probe().ask(site.url("/old")).fault is LinkFault.NONE
    assert site.requested[-1] == "HEAD /book.pdf"


def test_redirect_loop_is_a_fault(site: Site) -> None:
    site.to = {"/a": "/b", "/b": "/a"}
    assert site.probe().ask(site.url("/a")).fault is LinkFault.REDIRECTS
    assert len(site.requested) == MOST_REDIRECTS + 1


def test_closed_port_and_unknown_host_are_faults() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        assert Probe(inside=(HERE,)).ask(url).fault is LinkFault.NO_ANSWER
    assert Probe().ask("http://nowhere.invalid/").fault is LinkFault.NO_HOST


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "javascript:alert(1)", "http://", "http://a b/", "book", ""])
def test_invalid_url_is_not_requested(url: str) -> None:
    assert Probe(inside=(HERE,)).ask(url).fault is LinkFault.NO_ADDRESS


def test_slow_site_is_given_up(site: Site) -> None:
    def elapsed() -> float:
        began = time.monotonic()
        assert site.probe(patience=0.5).ask(site.url("/slow")).fault is LinkFault.NO_ANSWER
        return time.monotonic() - began

    assert any(elapsed() < 10 for _ in range(3)), "it sends for longer than that"


def test_private_network_is_refused(site: Site) -> None:
    for url in (site.url(), f"http://localhost:{site.port}/", f"http://[::ffff:127.0.0.1]:{site.port}/"):
        assert Probe().ask(url).fault is LinkFault.INSIDE, url
    assert Probe(inside=(ip_network("10.0.0.0/8"),)).ask(site.url()).fault is LinkFault.INSIDE
    assert site.requested == [], "no request was sent"


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://10.1.2.3/", "http://[::1]/", "http://0.0.0.0/",
                                 "http://2130706433/", "http://100.64.0.1/", "http://[fe80::1]/"])  # fmt: skip
def test_other_forms_of_private_addresses_are_refused(url: str) -> None:
    assert Probe(patience=0.5).ask(url).fault in (LinkFault.INSIDE, LinkFault.NO_HOST)


def test_redirect_into_another_private_network_is_refused(site: Site) -> None:
    """The library allowed one private network; a site there redirects to another."""
    site.to["/out"] = "http://10.255.255.1/secret"
    assert site.probe().ask(site.url("/out")).fault is LinkFault.INSIDE
    site.to["/file"] = "file:///etc/hostname"
    assert site.probe().ask(site.url("/file")).fault is LinkFault.NO_ADDRESS


def test_self_signed_certificate_is_a_fault(tmp_path: Path) -> None:
    pem = tmp_path / "own.pem"
    openssl_request = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        pem,
        "-out",
        pem,
        "-days",
        "2",
    )
    subprocess.run((*openssl_request, "-subj", "/CN=127.0.0.1"), check=True, capture_output=True)
    with a_site(pem) as site:
        assert site.probe().ask(f"https://127.0.0.1:{site.port}/").fault is LinkFault.TLS
        assert site.requested == []
