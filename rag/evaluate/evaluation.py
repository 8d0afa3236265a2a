"""From questions to a report: the whole of `earmark eval` in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.evaluate.answer_cache import KeepsAnswers
from rag.evaluate.compare import Comparison, Gate, GateResult, check_gates, compare, read_scores
from rag.evaluate.gold import GoldPlacer, RawText, no_raw_text
from rag.evaluate.question_file import QuestionFile
from rag.evaluate.report import write_report
from rag.evaluate.run import Ask, Progress, Run, run
from rag.evaluate.score import Scorer, Support
from rag.evaluate.scores import Scores, summed_up
from rag.models import Answer
from rag.ports import ReadsSources


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What a run may take: questions, seconds, and whatever `stop` counts (it gives a reason to end)."""

    limit: int | None = None
    seconds: float | None = None
    stop: Callable[[], str | None] = lambda: None
    concurrency: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of it."""

    run: Run
    scores: Scores
    comparison: Comparison | None
    gates: tuple[GateResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate was met."""
        return all(gate.passed for gate in self.gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluator:
    """Asks, scores and reports on one archive.

    `state` names the archive's generation and the settings that answers depend on; `raw_text` gives the file
    of a source as it was added, where it is still there; `keep` says which answers need not be asked for
    again; `about` is shown at the top of the report.
    """

    archive: ReadsSources
    ask: Ask
    raw_text: RawText = no_raw_text
    support: Support | None = None
    state: str = ""
    cache: KeepsAnswers | None = None
    keep: Callable[[Answer], bool] = lambda _: True
    about: dict[str, str] = field(default_factory=dict)

    def evaluate(
        self,
        file: QuestionFile,
        out_dir: Path,
        *,
        caps: Caps | None = None,
        compare_with: Path | None = None,
        gates: Sequence[Gate] = (),
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Evaluation:
        """Ask, score, compare and write the report; raises `RunUnreadable` before asking anything."""
        earlier = read_scores(compare_with) if compare_with else None
        caps = caps or Caps()
        done = run(
            file.lines,
            self.ask,
            out_dir,
            state=self.state,
            concurrency=caps.concurrency,
            limit=caps.limit,
            seconds=caps.seconds,
            stop=caps.stop,
            cache=self.cache,
            keep=self.keep,
            progress=progress,
        )
        asked = [question for question in file.questions if question.id in done.lines]
        scorer = Scorer(self.archive, GoldPlacer(self.archive, self.raw_text), self.support)
        scores = summed_up(
            [scorer.score(question, done.lines[question.id]) for question in asked],
            warnings=_warnings(file, done),
            not_asked=len(file.bad) + len(done.refused),
            about=self.about,
        )
        # The folder's name alone: reports are shown around, and paths are nobody's business.
        name = compare_with.resolve().name if compare_with else ""
        comparison = compare(earlier, scores, name=name) if earlier else None
        results = tuple(check_gates(gates, scores.figures()))
        write_report(
            scores,
            out_dir,
            questions=asked,
            lines=done.lines,
            archive=self.archive,
            comparison=comparison,
            gates=results,
        )
        return Evaluation(run=done, scores=scores, comparison=comparison, gates=results)


def _warnings(file: QuestionFile, done: Run) -> list[str]:
    bad = [f"line {line.number} is no question: {line.reason}" for line in file.bad]
    bad += [f"question {id_} was not asked: {reason}" for id_, reason in done.refused.items()]
    left = len(file.questions) - len(done.lines) - len(done.refused)
    return [*bad, *([f"{left} questions were not asked: {done.stopped}"] if done.stopped else [])]
