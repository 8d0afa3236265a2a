"""PDF, Word and EPUB: pages and headings kept, furniture counted, damage named."""

import gzip
import io
from datetime import date

import pytest
from pypdf import PdfReader, PdfWriter

from ingest.read import read
from rag.errors import SourceBinary, SourceEmpty, SourceError, SourceMalformed, SourceTooBig
from rag.models import SourceKind
from tests.ingest import papers

PROSE = "The kettle was filled in the yard and carried up the stairs before anybody woke.\nIt took two."


def parts(data):
    return [(part.text, part.label.page, part.label.heading) for part in read(data, origin="x").parts]


def locked(data, user):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class TestPdf:
    def test_paragraphs_know_their_page(self):
        assert parts(papers.pdf("Tea is hot.\nMilk is not.", "Then we left.")) == [
            ("Tea is hot. Milk is not.", 1, None),
            ("Then we left.", 2, None),
        ]

    def test_a_transcript_keeps_speakers_times_and_pages(self):
        pages = (
            "On Tea\nTea Times, May 8, 2025\nAna Roe (00:02):\nHello and welcome to the show about\ntea.\n"
            "Bo Lund (00:09):\nThank you, I am glad to be here. So, why is it",
            "hot?\nAna Roe (00:15):\nBecause of the ket-\ntle.\nBo Lund (01:21):\nYes.",
        )
        reading = read(papers.pdf(*pages), origin="x")
        said = [
            (part.label.speaker, part.text, part.label.start_s, part.label.page) for part in reading.parts
        ]
        assert said[1:] == [
            ("Ana Roe", "Hello and welcome to the show about tea.", 2.0, 1),
            ("Bo Lund", "Thank you, I am glad to be here. So, why is it", 9.0, 1),
            ("Bo Lund", "hot?", pytest.approx(14.6, abs=0.5), 2),
            ("Ana Roe", "Because of the kettle.", 15.0, 2),
            ("Bo Lund", "Yes.", 81.0, 2),
        ]  # fmt: skip
        assert [part.continues for part in reading.parts[1:]] == [False, False, True, False, False]
        assert reading.parts[3].label.approximate
        metadata = reading.metadata
        assert (metadata.kind, metadata.title, metadata.people) == (
            "episode",
            "On Tea",
            ("Ana Roe", "Bo Lund"),
        )
        assert str(metadata.published) == "2025-05-08"

    def test_a_transcript_with_names_alone_and_one_in_columns(self):
        names_alone = "ANA ROE: Hello and welcome.\nBO LUND: Thank you.\nANA ROE: So.\nBO LUND: Yes."
        columns = "00:01 Ana Roe\nHello and welcome.\n00:04 Bo Lund Thank you.\n00:09 Ana Roe\nSo.\n"
        columns += "00:12 Bo Lund\nYes."
        for page in (names_alone, columns):
            said = [(part.label.speaker, part.text) for part in read(papers.pdf(page), origin="x").parts]
            assert [(str(name).title(), words) for name, words in said] == [
                ("Ana Roe", "Hello and welcome."),
                ("Bo Lund", "Thank you."),
                ("Ana Roe", "So."),
                ("Bo Lund", "Yes."),
            ]

    def test_a_sentence_goes_on_over_the_page(self):
        first, second = read(papers.pdf("The kettle was filled in the", "yard below."), origin="x").parts
        assert (first.continues, second.continues, second.label.page) == (False, True, 2)

    def test_a_short_line_that_ends_a_sentence_ends_its_paragraph(self):
        page = f"{PROSE}\n{PROSE}"
        assert [text for text, _, _ in parts(papers.pdf(page))] == [PROSE.replace("\n", " ")] * 2

    def test_a_title_and_a_byline_are_no_part_of_the_first_sentence(self):
        lines = (
            "The kettle was filled in the yard and carried up the stairs before",
            "anybody woke, and then it was carried down by whoever had filled it.",
        )
        prose = " ".join(lines)
        page = "\n".join(("On Kettles", "Ana Roe, Sund 2025", *lines, "What Is Next", *lines))
        assert [text for text, _, _ in parts(papers.pdf(page))] == [
            "On Kettles",
            "Ana Roe, Sund 2025",
            prose,
            "What Is Next",
            prose,
        ]

    def test_words_broken_at_the_line_end_are_mended_as_the_document_writes_them(self):
        page = "A long-term view. An inter-\nnational one, in the long-\nterm and with Ana-\nMaria."
        assert [text for text, _, _ in parts(papers.pdf(page))] == [
            "A long-term view. An international one, in the long-term and with Ana-Maria."
        ]

    def test_running_heads_and_page_numbers_are_left_out_and_counted(self):
        said = ["Tea is hot.", "Milk is not.", "Cups break.", "Kettles sing.", "Sugar melts.", "Spoons bend."]
        pages = [f"Tea Times {n}\n{line}\n{n}" for n, line in enumerate(said, 1)]
        reading = read(papers.pdf(*pages), origin="x")
        assert [part.text for part in reading.parts] == said
        assert reading.skipped == ("12 running heads and page numbers: not part of the text",)

    def test_the_outline_gives_headings_where_they_stand(self):
        data = papers.pdf(
            "Kettles\nThey are made of tin.", "Cups\nThey are made of clay.", "They break.",
            outline=(("Kettles", 1), ("Cups", 2)),
        )  # fmt: skip
        assert parts(data) == [
            ("They are made of tin.", 1, "Kettles"),
            ("They are made of clay.", 2, "Cups"),
            ("They break.", 3, "Cups"),
        ]

    @pytest.mark.parametrize(
        ("title", "expected"), [("Of Tea", "Of Tea"), ("Microsoft Word - tea.doc", None), ("untitled", None)]
    )
    def test_what_it_says_of_itself(self, title, expected):
        metadata = read(
            papers.pdf("Tea is hot.", title=title, author="Ana Roe; Bo Lund"), origin="x"
        ).metadata
        assert (metadata.title, metadata.people) == (expected, ("Ana Roe", "Bo Lund"))
        assert metadata.kind is SourceKind.DOCUMENT

    def test_pages_without_words_are_counted(self):
        assert read(papers.pdf("Tea is hot.", ""), origin="x").skipped == (
            "1 pages without words (pictures are not read)",
        )

    def test_an_owners_lock_opens_and_a_readers_does_not(self):
        assert parts(locked(papers.pdf("Tea is hot."), user="")) == [("Tea is hot.", 1, None)]
        with pytest.raises(SourceMalformed, match="password"):
            read(locked(papers.pdf("Tea is hot."), user="secret"), origin="x")

    def test_pictures_alone_are_refused_with_what_to_do(self):
        with pytest.raises(SourceEmpty, match="text recognition"):
            read(papers.pdf("", ""), origin="x")

    def test_bytes_before_the_mark_do_not_hide_it(self):
        assert parts(b"\r\n  " + papers.pdf("Tea is hot.")) == [("Tea is hot.", 1, None)]
        assert (
            read(b"A file that begins with %PDF-1.7 is a PDF. So they say.", origin="x").parts[0].label.page
            is None
        )

    def test_a_damaged_page_is_named_and_the_others_are_read(self):
        good = papers.pdf("Tea is hot.", "Milk is not.")
        bad = good.replace(b"/Contents 8 0 R", b"/Contents [1 2]")
        assert bad != good
        reading = read(bad, origin="x")
        assert [part.text for part in reading.parts] == ["Tea is hot."]
        assert len(reading.skipped) == 1

    @pytest.mark.parametrize("cut", [10, 200, 500])
    def test_a_pdf_that_breaks_off(self, cut):
        with pytest.raises(SourceError):
            read(papers.pdf("Tea is hot.")[:cut], origin="x")


class TestWord:
    def test_line_breaks_part_a_name_from_what_is_said(self):
        break_in = "<w:p><w:r><w:t>{name}   {time}</w:t><w:br/><w:t>{words}</w:t></w:r></w:p>"
        talk = (("Ana Roe", "0:02", "Hello."), ("Bo Lund", "0:05", "Hi."), ("Ana Roe", "0:09", "So."))
        body = "".join(break_in.format(name=name, time=time, words=words) for name, time, words in talk)
        reading = read(papers.word(("Normal", "Of tea"), body=body), origin="x")
        said = [(part.label.speaker, part.text, part.label.start_s) for part in reading.parts[1:]]
        assert said == [("Ana Roe", "Hello.", 2.0), ("Bo Lund", "Hi.", 5.0), ("Ana Roe", "So.", 9.0)]

    def test_paragraphs_stand_under_their_headings(self):
        data = papers.word(
            ("Title", "Of Tea"), ("Heading 1", "Kettles"), ("Normal", "They are made of tin."),
            ("List Bullet", "Old ones of iron."),
            ("Heading 2", "Cups"), ("Normal", "They break."), author="Ana Roe",
        )  # fmt: skip
        assert parts(data) == [
            ("They are made of tin.", None, "Kettles"),
            ("Old ones of iron.", None, "Kettles"),
            ("They break.", None, "Cups"),
        ]
        metadata = read(data, origin="x").metadata
        assert (metadata.title, metadata.people, metadata.kind) == (
            "Of Tea",
            ("Ana Roe",),
            SourceKind.DOCUMENT,
        )

    def test_insertions_boxes_and_tables_are_text_and_deletions_are_not(self):
        body = (
            "<w:p><w:r><w:t xml:space='preserve'>It </w:t></w:r>"
            "<w:ins w:id='1' w:author='a'><w:r><w:t>is</w:t></w:r></w:ins>"
            "<w:del w:id='2' w:author='a'><w:r><w:delText>was</w:delText></w:r></w:del>"
            "<w:r><w:tab/><w:t>hot.</w:t></w:r></w:p>"
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A cell.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>A field.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        )
        reading = read(papers.word(("Normal", "Tea."), body=body), origin="x")
        assert [part.text for part in reading.parts] == ["Tea.", "It is hot.", "A cell.", "A field."]
        assert reading.skipped == ("1 deleted runs: struck out by their author",)

    def test_a_transcript_keeps_its_speakers_and_times(self):
        data = papers.word(
            ("Heading 1", "Kettles"), ("Normal", "Ana Roe (00:00:02): Hello there."),
            ("Normal", "Bo Lund (00:00:05): Hi."),
        )  # fmt: skip
        reading = read(data, origin="x")
        assert reading.metadata.kind is SourceKind.EPISODE
        assert [(part.label.speaker, part.text, part.label.start_s) for part in reading.parts] == [
            ("Ana Roe", "Hello there.", 2.0),
            ("Bo Lund", "Hi.", 5.0),
        ]

    def test_damage_is_named(self):
        for data in (
            papers.rezipped(
                papers.word(("Normal", "Tea.")), "word/document.xml", lambda xml: xml[: len(xml) // 2]
            ),
            papers.archive({"word/document.xml": "<a/>"}),
        ):
            with pytest.raises(SourceMalformed, match="damaged Word file"):
                read(data, origin="x")


class TestEpub:
    def test_chapters_in_reading_order_under_their_headings(self):
        metadata = (
            "<dc:title>Of Tea</dc:title><dc:creator>Ana Roe</dc:creator><dc:date>2025-05-04</dc:date>"
            "<dc:language>en</dc:language><dc:identifier>urn:isbn:1</dc:identifier>"
        )
        data = papers.epub(
            "<h2>Kettles</h2><p>They are made of <b>tin</b>.</p>",
            "<h2>Cups</h2><p>They break.</p>",
            metadata=metadata,
        )
        assert parts(data) == [("They are made of tin.", None, "Kettles"), ("They break.", None, "Cups")]
        said = read(data, origin="x").metadata
        assert (said.title, said.people, said.published, said.language, said.identity) == (
            "Of Tea", ("Ana Roe",), date(2025, 5, 4), "en", "epub:urn:isbn:1",
        )  # fmt: skip

    def test_a_locked_book_is_refused(self):
        lock = (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData xmlns='
            '"http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="OEBPS/c0.xhtml"/>'
            "</CipherData></EncryptedData></encryption>"
        )
        with pytest.raises(SourceMalformed, match="DRM"):
            read(papers.epub("<p>Tea.</p>", **{"META-INF__encryption.xml": lock}), origin="x")

    def test_what_is_missing_is_counted(self):
        data = papers.epub("<p>Tea is hot.</p>", "<p>Milk.</p>")
        without = papers.rezipped(
            data, "OEBPS/book.opf", lambda xml: xml.replace(b'href="c1.xhtml"', b'href="c9.xhtml"')
        )
        assert "1 pages that the book names and does not hold" in read(without, origin="x").skipped


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"ppt/presentation.xml": "x"}, "PowerPoint"),
        ({"xl/workbook.xml": "x"}, "Excel"),
        ({"mimetype": "x", "content.xml": "x"}, "OpenDocument"),
        ({"a.vtt": "x", "b.vtt": "x"}, "ZIP archive of 2 files; unpack it"),
    ],
)
def test_other_packages_are_called_by_their_name(files, says):
    with pytest.raises(SourceBinary, match=says):
        read(papers.archive(files), origin="x")


def test_one_gzipped_file_is_read():
    assert (
        read(gzip.compress(b"WEBVTT\n\n0:01.000 --> 0:02.000\n<v Ana>Hi"), origin="x").parts[0].label.speaker
        == "Ana"
    )
    with pytest.raises(SourceMalformed, match="breaks off"):
        read(gzip.compress(b"Tea is hot. " * 99)[:-9], origin="x")


def test_a_gzip_file_within_a_gzip_file_is_no_text():
    with pytest.raises(SourceError):
        read(gzip.compress(gzip.compress(b"Tea is hot.")), origin="x")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(b"\0" * 300_000_000, 9), id="gzip"),
        pytest.param(papers.archive({"word/document.xml": b"\0" * 300_000_000}), id="zip"),
        pytest.param(papers.archive({f"{n}.txt": "" for n in range(2_001)}), id="many files"),
    ],
)  # fmt: skip
def test_bombs_are_refused_before_they_unfold(data):
    with pytest.raises(SourceTooBig):
        read(data, origin="x")
