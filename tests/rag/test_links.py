import pytest

from rag.links import link
from tests.fakes import a_source

YOUTUBE = "https://www.youtube.com/watch"


def at(second: float, *, url: str | None = None, audio_url: str | None = None) -> str | None:
    return link(a_source(url=url, audio_url=audio_url), quote="So it goes.", start_s=second)


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        pytest.param(f"{YOUTUBE}?v=abc", f"{YOUTUBE}?v=abc&t=753s", id="youtube"),
        pytest.param(f"{YOUTUBE}?v=abc&t=9", f"{YOUTUBE}?v=abc&t=753s", id="youtube-with-a-time"),
        pytest.param(f"{YOUTUBE}?v=abc&si=x&utm_source=y", f"{YOUTUBE}?v=abc&t=753s", id="youtube-tracked"),
        pytest.param("https://youtu.be/abc?si=x", "https://youtu.be/abc?t=753", id="youtu.be"),
        pytest.param(
            "https://www.youtube.com/embed/abc", "https://www.youtube.com/embed/abc?start=753", id="embed"
        ),
        pytest.param("https://overcast.fm/+Abc-1", "https://overcast.fm/+Abc-1/12:33", id="overcast"),
        pytest.param(
            "https://overcast.fm/+A/1:00", "https://overcast.fm/+A/12:33", id="overcast-with-a-time"
        ),
        pytest.param("https://pca.st/ab12", "https://pca.st/ab12?t=753", id="pocket-casts"),
        pytest.param(
            "https://pca.st/episode/u-1", "https://pca.st/episode/u-1?t=753", id="pocket-casts-long"
        ),
        pytest.param(
            "https://open.spotify.com/episode/A1?si=t",
            "https://open.spotify.com/episode/A1?t=753",
            id="spotify",
        ),
        pytest.param(
            "https://lede.substack.com/p/chips",
            "https://lede.substack.com/p/chips?timestamp=753",
            id="substack",
        ),
    ],
)
def test_a_player_s_page_opens_at_the_second(url: str, opened: str) -> None:
    assert at(754.9, url=url) == opened
    assert at(754.9, url=url, audio_url="https://media.example.org/1.mp3") == opened


def test_overcast_counts_hours() -> None:
    assert at(5278.0, url="https://overcast.fm/+A") == "https://overcast.fm/+A/1:27:57"


@pytest.mark.parametrize(
    ("audio", "opened"),
    [
        pytest.param("https://m.example/1.mp3", "https://m.example/1.mp3#t=753", id="plain"),
        pytest.param("https://m.example/1.mp3?a=1", "https://m.example/1.mp3?a=1#t=753", id="query"),
        pytest.param("https://m.example/1.mp3#ch=2", "https://m.example/1.mp3#ch=2&t=753", id="fragment"),
        pytest.param("https://m.example/1.mp3#t=5", "https://m.example/1.mp3#t=753", id="another-time"),
        pytest.param("https://m.example/1.mp3?utm_medium=x", "https://m.example/1.mp3#t=753", id="tracked"),
    ],
)
def test_a_recording_opens_at_the_second(audio: str, opened: str) -> None:
    assert at(754.2, audio_url=audio) == opened
    assert at(754.2, audio_url=audio, url="https://show.example/episodes/1") == opened


def test_a_page_that_is_no_player_is_better_than_nothing() -> None:
    assert at(754.2, url="https://show.example/1") == "https://show.example/1#t=753"


@pytest.mark.parametrize(
    ("second", "shown"), [(754.0, 753), (754.99, 753), (1.0, 0), (0.4, 0), (0.0, 0), (62.5, 61)]
)
def test_a_moment_begins_a_second_early_and_never_before_the_start(second: float, shown: int) -> None:
    assert at(second, audio_url="https://m.example/1.mp3") == f"https://m.example/1.mp3#t={shown}"


def to_words(quote: str, *, url: str = "https://a.example/p", page: int | None = None) -> str | None:
    return link(a_source(url=url), quote=quote, start_s=None, page=page)


@pytest.mark.parametrize(
    ("quote", "directive"),
    [
        pytest.param("So it goes.", "So%20it%20goes.", id="short"),
        pytest.param("state-of-the-art", "state%2Dof%2Dthe%2Dart", id="dash"),
        pytest.param("chips, models & data", "chips%2C%20models%20%26%20data", id="comma-and-ampersand"),
        pytest.param(
            "When the rule came in, nobody had read it, and the boxes were already on the quay.",
            "When%20the%20rule%20came%20in%2C,were%20already%20on%20the%20quay.",
            id="long-by-its-ends",
        ),
        pytest.param(
            "Incomprehensibilities notwithstanding, counterrevolutionaries disagreed.",
            "Incomprehensibilities%20notwithstanding%2C%20counterrevolutionaries%20disagreed.",
            id="few-long-words-whole",
        ),
        pytest.param("First line.\n\nLast line.", "First%20line.,Last%20line.", id="across-paragraphs"),
        pytest.param("Ünïcode “q” #1?", "%C3%9Cn%C3%AFcode%20%E2%80%9Cq%E2%80%9D%20%231%3F", id="encoded"),
    ],
)
def test_a_page_opens_at_the_words(quote: str, directive: str) -> None:
    assert to_words(quote) == f"https://a.example/p#:~:text={directive}"


def test_a_page_s_own_fragment_and_tracking_go() -> None:
    url = "https://a.example/p?id=7&utm_campaign=x&fbclid=y#comments"
    assert to_words("So.", url=url) == "https://a.example/p?id=7#:~:text=So."


def test_a_paged_document_opens_at_the_page() -> None:
    assert to_words("So.", url="https://a.example/r.pdf", page=12) == "https://a.example/r.pdf#page=12"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)//https://a.example",
        "file:///etc/passwd",
        "data:text/html,x",
        "a.example/p",
        "//a.example/p",
        "https://",
        "https://[bad/p",
        "",
        None,
    ],
)
def test_what_is_no_web_address_is_never_linked(address: str | None) -> None:
    source = a_source(url=address, audio_url=address)
    assert link(source, quote="So.", start_s=None) is None
    assert link(source, quote="So.", start_s=5.0) is None
    assert link(source, quote="So.", start_s=None, page=3) is None


def test_a_recording_without_times_opens_at_its_start() -> None:
    audio = "https://m.example/1.mp3"
    assert link(a_source(url=None, audio_url=audio), quote="So.", start_s=None) == audio
    assert link(a_source(url=audio, audio_url=audio), quote="So.", start_s=None) == audio
