"""Every error Earmark raises on purpose. Pure.

EarmarkError
├── SettingsError            a setting has a value it cannot have
├── SourceError              a source could not be read; names it and says why
│   ├── SourceNotFound       no such file, or the address answered 404
│   ├── SourceEmpty          nothing in it to read
│   ├── SourceBinary         bytes that are no text, in no format we read
│   ├── UnknownFormat        text, but no reader recognises it
│   ├── SourceMalformed      the format is known, the content breaks it
│   ├── SourceTooBig         reading it takes more bytes, memory or seconds than a source may
│   ├── AddressRefused       an address that is never fetched from
│   └── FetchFailed          the address did not answer as it should
├── UnknownSource            no source in the archive has this id
├── ArchiveBusy              another process is writing; names it
├── ArchiveMismatch          the archive was built with another embedding model
├── StorageError             the disk is full, or the archive's files cannot be written or read
│   └── IndexUnreachable     the Chroma server does not answer
├── BackupError              a file is no backup, or not a whole one
├── ModelUnavailable         the embedding or chat model cannot be loaded
├── AnswerStopped            whoever asked no longer waits for the answer
├── RunUnreadable            a file of questions, or an earlier run to compare with, cannot be read
└── QuestionError            a question, its history or its filters cannot be used; wrong use of a command
"""


class EarmarkError(Exception):
    """The root: its text is one line written for the person who reads it."""


class SettingsError(EarmarkError):
    """A setting has a value it cannot have."""


class SourceError(EarmarkError):
    """A source could not be read.

    Args:
        origin: the path or URL as it was given.
        reason: what is wrong and, where there is something to do, what.
    """

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason


class SourceNotFound(SourceError):
    """No such file, or the address answered 404."""


class SourceEmpty(SourceError):
    """There is nothing in it to read."""


class SourceBinary(SourceError):
    """Bytes that are not text, in no format we read."""


class UnknownFormat(SourceError):
    """Text, but no reader recognises it."""


class SourceMalformed(SourceError):
    """The format is known, but the content breaks it."""


class AddressRefused(SourceError):
    """An address that is never fetched from, or not without the owner's leave."""


class FetchFailed(SourceError):
    """The address did not answer as it should; asking later may help.

    Args:
        origin: the address as it was given.
        reason: what it answered.
        passing: whether it may well be over in a moment: nobody answered, or somebody in trouble.
        wait_s: for how many seconds it asked not to be asked again; None when it said nothing of that.
    """

    def __init__(
        self, origin: str, reason: str, *, passing: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(origin, reason)
        self.passing = passing
        self.wait_s = wait_s


class SourceTooBig(SourceError):
    """Reading it takes more bytes, memory or seconds than a source may."""


class UnknownSource(EarmarkError):
    """No source in the archive has this id."""


class ArchiveBusy(EarmarkError):
    """Another process is writing; the text names it."""


class ArchiveMismatch(EarmarkError):
    """The archive was built with another embedding model."""


class StorageError(EarmarkError):
    """The disk is full, or the archive's files cannot be written or read."""


class IndexUnreachable(StorageError):
    """The Chroma server does not answer, or not as one does; the text names it."""


class BackupError(EarmarkError):
    """A file is no backup, or not a whole one; the archive is as it was."""


class ModelUnavailable(EarmarkError):
    """The embedding or chat model cannot be loaded."""


class AnswerStopped(EarmarkError):
    """Whoever asked no longer waits for the answer."""


class RunUnreadable(EarmarkError):
    """A file of questions, or an earlier run to compare with, cannot be read."""


class QuestionError(EarmarkError):
    """A question, its history or its filters cannot be used."""
