"""The embedding model's own tokens, counted without loading the model."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer


class ModelTokens:
    """Counts tokens with a model's own tokenizer. Safe to share between threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        # Its file asks for truncation and padding; a counter that truncates would never see what is cut.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    @classmethod
    def from_folder(cls, folder: Path) -> ModelTokens:
        """The tokenizer of a local model folder."""
        return cls(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Where each token begins and ends, in code points, special tokens left out."""
        offsets: list[tuple[int, int]] = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return offsets

    def model_ids(self, text: str, *, limit: int) -> list[int]:
        """The ids the model reads, its two special tokens included, cut after `limit` of the text's own."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids if len(ids) <= limit + 2 else [*ids[: limit + 1], ids[-1]]
