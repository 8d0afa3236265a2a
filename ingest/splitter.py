"""Split a run of words too long for one passage, with LangChain's splitter and exact offsets."""

from __future__ import annotations

from rag.ports import CountsTokens


def split_long(text: str, *, tokens: CountsTokens, longest: int) -> list[tuple[int, int]]:
    """Offsets of pieces of at most `longest` tokens: at line ends, clauses, words, in that order."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=longest,
        chunk_overlap=0,
        length_function=lambda piece: len(tokens.offsets(piece)),
        separators=["\n", "; ", ": ", ", ", " ", ""],
        keep_separator="end",
        add_start_index=True,
    )
    pieces = splitter.create_documents([text])
    return [
        (piece.metadata["start_index"], piece.metadata["start_index"] + len(piece.page_content))
        for piece in pieces
    ]
