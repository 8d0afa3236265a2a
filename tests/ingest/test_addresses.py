"""Hostile addresses: whatever the spelling, redirect or answer of the resolver, no socket goes there.

The sockets are watched by an audit hook, below httpx, httpcore and `socket.create_connection`.
"""

import random
import socket
import sys
from html import escape
from itertools import product

import httpcore
import pytest

from ingest.addresses import refusal
from ingest.apart import ReadsApart
from ingest.bring import Work
from ingest.connect import look_up
from ingest.fetch import Fetcher, Limits
from ingest.follow import follow
from ingest.gather import Web
from rag.errors import AddressRefused, FetchFailed, SourceError
from rag.subscriptions import Subscription
from tests.ingest.shows import a_feed
from tests.ingest.web import a_web, send
from tests.rag.archives import an_archive

PUBLIC = "93.184.215.14"

NUMBERS = {
    "loopback": """
        127.0.0.1 127.1 127.0.1 127.0.0.1. 127.255.255.254 127.00.00.01 2130706433 0x7f000001 0x7f.0.0.1
        0x7F.1 0177.0.0.1 017700000001 0177.0x0.0.1 0 0.0.0.0 00000000000 127。0。0。1 127．0．0．1
        localhost LOCALHOST localhost. [::1] [0:0:0:0:0:0:0:1] [0000::0001] [::] [::127.0.0.1]
        [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
        [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::]
        [2606:2800::5efe:127.0.0.1] [fe80::5efe:127.0.0.1]
    """,
    "private": """
        10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 192.168.257
        3232235521 0xc0.0xa8.0.1 100.64.0.1 100.127.255.255 [fc00::1] [fd12:3456:789a::1] [::ffff:10.0.0.1]
        [::ffff:c0a8:1] [64:ff9b::10.0.0.1] [2002:0a00:0001::1] [fec0::1]
    """,
    "metadata": """
        169.254.169.254 169.254.170.2 2852039166 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376
        169.254.43518 [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [fe80::a9fe:a9fe] [fe80::1%25lo] [fe80::1]
        [64:ff9b::169.254.169.254] [2002:a9fe:a9fe::] [fd00:ec2::254] [fd20:ce::254] 100.100.100.200
        168.63.129.16 192.0.0.192
    """,
    "nobody": """
        0.1.2.3 192.0.2.1 198.51.100.7 203.0.113.9 198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1
        255.255.255.255 192.88.99.1 [ff02::1] [ff0e::1] [100::1] [2001:db8::1] [3fff::1] [5f00::1] [4000::1]
        [2001:10::1]
    """,
}
SCHEMES = """
    file:///etc/passwd file://127.0.0.1/etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1:6379/_x dict://127.0.0.1/
    data:text/plain,hello javascript:alert(1) unix:///var/run/docker.sock http+unix://%2Fvar%2Frun%2Fx/
    ws://127.0.0.1/ ldap://127.0.0.1 jar:http://127.0.0.1!/ //127.0.0.1/ /etc/passwd http: http:// http:///
    https://:443/ http:127.0.0.1 http://%31%32%37.0.0.1/ http://127.0.0.1%00.example.org/ http://[::1 http://[/
    http://127.0.0.1:99999/ http://127.0.0.1:port/
""".split()
# What a reader takes for one host and a machine for another.
MASKS = """
    http://example.org@127.0.0.1/ http://example.org:80@127.0.0.1/ http://127.0.0.1#@example.org/
    http://127.0.0.1?@example.org/ http://127.0.0.1\\@example.org/ http://example.org\\@127.0.0.1/
    http://example.org%2F@127.0.0.1/ http://a:b@127.0.0.1/ http://①②⑦.⓪.⓪.①/ http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
    http://example.org%23@127.0.0.1/ http://127.0.0.1:80:80/ http://127.0.0.1:22/ https://127.0.0.1:25/
""".split()
URLS = [
    *(f"http://{host}/" for hosts in NUMBERS.values() for host in hosts.split()),
    *SCHEMES,
    *MASKS,
]


class Watch:
    """Every address that a socket of this process is about to be connected to, while it is on."""

    def __init__(self):
        self.on = False
        self.reached = []
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.on and event in ("socket.connect", "socket.sendto"):
            self.reached.append(arguments[1])

    def __enter__(self):
        self.reached.clear()
        self.on = True
        return self.reached

    def __exit__(self, *_):
        self.on = False


WATCH = Watch()  # an audit hook stays for the life of the process: one for all tests


def refused(url, **given):
    given = {"limits": Limits(seconds=5, attempts=1), "resolve": looked_up, **given}
    with Fetcher(**given) as fetcher, pytest.raises(SourceError) as caught:
        fetcher.fetch(url)
    return caught.value


def looked_up(host, port):
    """As glibc reads numbers, in every spelling; names outside are not found."""
    try:
        return [socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))]
    except OSError:
        return look_up(host, port)


def test_there_are_enough_of_them():
    assert len(set(URLS)) >= 120


def test_the_watch_sees_connections():
    with a_web() as web, WATCH as reached:
        web.pages["/"] = "Words."
        with Fetcher(own_network=True) as fetcher:
            fetcher.fetch(web.address)
    assert [address[0] for address in reached] == ["127.0.0.1"]


@pytest.mark.parametrize("url", URLS)
def test_no_socket_goes_to_a_hostile_address(url):
    with WATCH as reached:
        error = refused(url)
    assert reached == []
    assert isinstance(error, AddressRefused | FetchFailed)
    assert error.reason


@pytest.mark.parametrize("hosts", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_name_that_means_it_is_refused_too(hosts):
    numbers = [host.strip("[]") for host in hosts.split()]
    for number in numbers:
        try:
            addresses = looked_up(number.replace("%25", "%"), 80)
        except httpcore.ConnectError:  # this machine's resolver does not know the spelling
            continue
        for answer in (addresses, [PUBLIC, *addresses], [*addresses, PUBLIC]):
            with WATCH as reached:
                error = refused(
                    "https://feeds.example.org/", resolve=lambda host, port, answer=answer: answer
                )
            assert reached == []
            assert isinstance(error, AddressRefused), answer


@pytest.mark.parametrize("hops", range(1, 6))
def test_each_redirect_is_checked(hops):
    hostile = random.Random(hops).sample(URLS, 25)
    with a_web() as web:
        # The web is the public one here, under a name; every other name and number stays what it is.
        port = int(web.address.rpartition(":")[2])
        for hop in range(1, hops):
            web.pages[f"/{hop}"] = moved(f"/{hop + 1}")
        for url in hostile:
            web.pages[f"/{hops}"] = moved(url.encode("ascii", "ignore").decode())
            allowed = AllowOnly(port)
            with WATCH as reached:
                error = refused(f"http://127.0.0.1:{port}/1", own_network=True, resolve=allowed)
            assert {address[1] for address in reached} <= {port}, url
            assert isinstance(error, SourceError)


def moved(to):
    return lambda handler: send(handler, 302, b"", Location=to)


class AllowOnly:
    """Resolves the test's own web to itself, and everything else to what no setting opens."""

    def __init__(self, port):
        self.port = port

    def __call__(self, host, port):
        return ["127.0.0.1"] if (host, port) == ("127.0.0.1", self.port) else ["169.254.169.254"]


def test_a_redirect_from_the_public_web_into_the_private_one_is_refused(monkeypatch):
    with a_web() as web, a_web() as inside:
        inside.pages["/secret"] = "Secret words."
        web.pages["/"] = moved(f"{inside.address}/secret")
        # Only the first connection is let through, as if it led to a public address.
        judged = iter([None])
        real = refusal
        monkeypatch.setattr("ingest.connect.refusal", lambda text, **given: next(judged, real(text, **given)))
        error = refused(f"{web.address}/")
        assert web.asked["/"] == 1
        assert not inside.asked
    assert "private address" in error.reason


def test_rebinding_finds_nothing_to_rebind():
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]])
    with WATCH as reached:
        refused("http://rebind.example:8000/", own_network=True, resolve=lambda host, port: next(answers))
    # One look-up, and the connection goes to what that one said.
    assert [address[0] for address in reached] == ["127.0.0.2"]
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize("own_network", [False, True])
def test_the_public_web_is_open_and_the_rest_is_not(own_network):
    for address in (PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"):
        assert refusal(address, own_network=own_network) is None
    for address in (
        "169.254.169.254",
        "fe80::1",
        "0.0.0.0",
        "::",
        "100.100.100.200",
        "fd00:ec2::254",
        "nobody",
    ):
        assert refusal(address, own_network=own_network)
    for address in ("127.0.0.1", "10.9.8.7", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1"):
        assert (refusal(address, own_network=own_network) is None) == own_network


def test_no_setting_opens_the_metadata_of_a_cloud():
    for host, own in product(NUMBERS["metadata"].split(), (True, False)):
        with WATCH as reached:
            error = refused(f"http://{host}/latest/meta-data/", own_network=own)
        assert reached == []
        assert isinstance(error, AddressRefused | FetchFailed)


def test_no_socket_goes_where_a_feed_wants_it_to(tmp_path):
    with a_web() as web, an_archive(tmp_path / "home") as archive:
        web.pages["/far.vtt"] = moved("http://169.254.169.254/latest/meta-data/")
        hostile = [*URLS, f"{web.address}/far.vtt"]
        items = [
            f"<item><guid>{place}</guid><title>Episode {place}</title><description>About it.</description>"
            f'<enclosure url="{escape(url)}" type="audio/mpeg"/><link>{escape(url)}</link>'
            f'<podcast:transcript url="{escape(url)}" type="text/vtt"/>'
            f'<podcast:chapters url="{escape(url)}" type="application/json+chapters"/></item>'
            for place, url in enumerate(hostile)
        ]
        web.pages["/show.xml"] = a_feed("The Workshop", items)
        port = int(web.address.rpartition(":")[2])
        fetcher = Fetcher(own_network=True, resolve=AllowOnly(port), sleep=lambda seconds: None)
        origin = f"{web.address}/show.xml"
        with fetcher, ReadsApart() as reader, WATCH as reached:
            work = Work(archive=archive, reader=reader)
            subscription = Subscription(location=origin, origin=origin, options="{}")
            work.subscriptions.put(subscription)
            follow(work, Web(fetcher=fetcher), subscription, asked_for=True)
        assert {address[1] for address in reached} == {port}
        # What cannot be had is said of each, and takes nothing else with it.
        assert len(work.report.added) + len(work.report.failed) >= len(hostile)
        assert any("169.254.169.254 is no public address" in error.reason for error in work.report.failed)
