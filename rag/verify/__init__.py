"""Whether cited words carry a claim: `Verifier` decides, `Judge` says how likely it is. Pure."""

from rag.verify.judge import Judge
from rag.verify.verifier import Checked, Verifier

__all__ = ["Checked", "Judge", "Verifier"]
