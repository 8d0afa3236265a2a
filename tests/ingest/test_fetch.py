"""Fetching: what is taken, what is asked again, what is given up on, and when. On a loopback web."""

import gzip
import time
from email.utils import formatdate

import pytest

from ingest.fetch import Fetcher, Limits, Validators
from rag.errors import AddressRefused, FetchFailed, SourceEmpty, SourceNotFound
from tests.ingest.web import a_web, send


@pytest.fixture
def web():
    with a_web() as web:
        yield web


@pytest.fixture
def naps():
    return []


@pytest.fixture
def fetcher(naps):
    limits = Limits(bytes=200_000, seconds=2)
    with Fetcher(own_network=True, limits=limits, sleep=naps.append) as fetcher:
        yield fetcher


def times(count, then):
    """Answers 503 so many times, then with the page."""
    left = [count]

    def route(handler):
        left[0] -= 1
        if left[0] >= 0:
            send(handler, 503, b"busy")
        else:
            send(handler, 200, then)

    return route


def test_what_is_known_comes_without_a_body(web, fetcher):
    web.pages["/a"] = "Words."
    first = fetcher.fetch(f"{web.address}/a")
    again = fetcher.fetch(f"{web.address}/a", validators=first.validators)
    assert (first.body, again.body) == (b"Words.", None)
    assert again.validators == first.validators
    web.pages["/a"] = "Other words."
    assert fetcher.fetch(f"{web.address}/a", validators=first.validators).body == b"Other words."


def test_last_modified_will_do(web, fetcher):
    modified = formatdate(1_750_000_000, usegmt=True)

    def route(handler):
        known = handler.headers.get("If-Modified-Since") == modified
        send(handler, 304 if known else 200, b"" if known else b"Words.", Last_Modified=modified)

    web.pages["/a"] = route
    first = fetcher.fetch(f"{web.address}/a")
    assert first.validators == Validators(modified=modified)
    assert fetcher.fetch(f"{web.address}/a", validators=first.validators).body is None


def test_it_says_who_asks_and_carries_nothing_on(web, fetcher):
    web.pages["/from"] = lambda handler: send(handler, 302, b"", Location="/to", Set_Cookie="a=b")
    web.pages["/to"] = "Words."
    found = fetcher.fetch(f"{web.address}/from")
    assert (found.url, found.body) == (f"{web.address}/to", b"Words.")
    assert web.headers["/to"]["user-agent"].startswith("Earmark/")
    fetcher.fetch(f"{web.address}/to")
    assert not {"cookie", "authorization", "referer"} & web.headers["/to"].keys()


def test_packed_is_unpacked(web, fetcher):
    web.pages["/a"] = lambda handler: send(
        handler, 200, gzip.compress(b"Words. " * 999), Content_Encoding="gzip"
    )
    assert fetcher.fetch(f"{web.address}/a").body == b"Words. " * 999


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_does_not_go_off(web, fetcher, layers):
    bomb = gzip.compress(bytes(100_000_000))
    if layers == 2:
        bomb = gzip.compress(bomb)
    encoding = "gzip" if layers == 1 else "gzip, gzip"
    web.pages["/a"] = lambda handler: send(handler, 200, bomb, Content_Encoding=encoding)
    with pytest.raises(FetchFailed, match=r"larger than 0.19\d* MB|packed as"):
        fetcher.fetch(f"{web.address}/a")


def test_what_is_too_large_is_not_read_to_the_end(web, fetcher):
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(65_536))

    web.pages["/endless"] = endless
    web.pages["/large"] = bytes(200_001)
    for path in ("/endless", "/large"):
        with pytest.raises(FetchFailed, match="EARMARK_FETCH_MEGABYTES"):
            fetcher.fetch(web.address + path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["head", "body"])
def test_a_trickle_ends_in_time(web, part):
    def trickle(handler):
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"HTTP/1.1 200"[:1] if part == "head" else b".")
            handler.wfile.flush()
            time.sleep(0.05)

    web.pages["/a"] = trickle
    began = time.monotonic()
    limits = Limits(seconds=0.5, attempts=2)
    fetcher = Fetcher(own_network=True, limits=limits, sleep=lambda seconds: None)
    with fetcher, pytest.raises(FetchFailed, match=r"within 0.5 s|cannot be fetched"):
        fetcher.fetch(f"{web.address}/a")
    assert time.monotonic() - began < 3


def test_a_name_that_is_never_found_ends_in_time():
    def never(host, port):
        time.sleep(30)
        return []

    limits = Limits(seconds=0.3, attempts=1)
    with Fetcher(limits=limits, resolve=never) as fetcher, pytest.raises(FetchFailed, match="within"):
        fetcher.fetch("http://slow.example/")


def test_a_moment_of_trouble_passes(web, fetcher, naps):
    web.pages["/a"] = times(2, b"Words.")
    assert fetcher.fetch(f"{web.address}/a").body == b"Words."
    assert len(naps) == 2
    assert 0.3 < naps[0] < naps[1] < 2


def test_patience_is_kept_as_asked_for_or_given_up(web, fetcher, naps):
    web.pages["/soon"] = lambda handler: send(handler, 429, b"", Retry_After="7")
    web.pages["/late"] = lambda handler: send(handler, 503, b"", Retry_After="3600")
    with pytest.raises(FetchFailed, match="answers 429 and asks for 7 s") as soon:
        fetcher.fetch(f"{web.address}/soon")
    assert (naps, soon.value.wait_s, web.asked["/soon"]) == ([7.0, 7.0], 7.0, 3)
    with pytest.raises(FetchFailed) as late:
        fetcher.fetch(f"{web.address}/late")
    assert (late.value.wait_s, web.asked["/late"]) == (3600.0, 1)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, SourceNotFound),
        (410, SourceNotFound),
        (403, FetchFailed),
        (418, FetchFailed),
        (500, FetchFailed),
    ],
)
def test_what_is_refused_names_the_address_and_the_answer(web, fetcher, status, error):
    web.pages["/a"] = lambda handler: send(handler, status, b"no")
    with pytest.raises(error, match=f"{web.address}/a: answers {status}"):
        fetcher.fetch(f"{web.address}/a")
    assert web.asked["/a"] == (3 if status == 500 else 1)


def test_an_empty_answer_is_no_page(web, fetcher):
    web.pages["/a"] = " \n"
    with pytest.raises(SourceEmpty, match="answers with nothing"):
        fetcher.fetch(f"{web.address}/a")


def test_redirects_end(web, fetcher):
    web.pages["/a"] = lambda handler: send(handler, 301, b"", Location="/a")
    with pytest.raises(FetchFailed, match="redirects more than 5 times"):
        fetcher.fetch(f"{web.address}/a")
    assert web.asked["/a"] == 6


def test_a_proxy_of_the_environment_is_not_used(web, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, web.address)
    with Fetcher(sleep=lambda seconds: None) as fetcher, pytest.raises(AddressRefused):
        fetcher.fetch("http://127.0.0.1:1/")
    assert not web.asked


def test_a_dead_port_is_said_to_be(fetcher):
    with pytest.raises(FetchFailed, match=r"cannot be fetched .*; try again later"):
        fetcher.fetch("http://127.0.0.1:9/")


def test_a_server_in_trouble_is_left_alone_after_a_while_and_others_are_not(web, fetcher):
    web.pages |= {f"/{number}": lambda handler: send(handler, 500, b"") for number in range(9)}
    with a_web() as other:
        other.pages["/a"] = "Words."
        for number in range(9):
            with pytest.raises(FetchFailed) as caught:
                fetcher.fetch(f"{web.address}/{number}")
        assert "is left alone for now" in caught.value.reason
        assert [web.asked[f"/{number}"] for number in range(9)] == [3, 3, 3, 3, 0, 0, 0, 0, 0]
        assert fetcher.fetch(f"{other.address}/a").body == b"Words."


def test_one_answer_ends_the_trouble(web, fetcher):
    web.pages |= {f"/{number}": lambda handler: send(handler, 500, b"") for number in range(9)}
    for number in (2, 5):
        web.pages[f"/{number}"] = "Words."
    for number in range(9):
        if number in (2, 5):
            assert fetcher.fetch(f"{web.address}/{number}").body == b"Words."
        else:
            with pytest.raises(FetchFailed, match="answers 500"):
                fetcher.fetch(f"{web.address}/{number}")
