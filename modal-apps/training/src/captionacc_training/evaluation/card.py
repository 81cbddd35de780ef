"""The model card: what the model is, what it is made from, how good it is, and where it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from captionacc_extents.rules.rules import Rules
from captionacc_scoring.table import table
from matplotlib.figure import Figure
from torch import nn

from captionacc_training.data.footage import Luma
from captionacc_training.data.sources import TEST, TRAINING, TUNING
from captionacc_training.data.splits import manifest
from captionacc_training.evaluation.ablation import ablation_table, ablations
from captionacc_training.evaluation.calibration import Bin, outcomes, reliability
from captionacc_training.evaluation.confusion import confusion, confusion_table
from captionacc_training.evaluation.evaluation import Scored, measured
from captionacc_training.evaluation.failures import Failure, draw_failures, examples, failures
from captionacc_training.evaluation.rules_table import rules_table
from captionacc_training.learning.curves import draw_curves
from captionacc_training.learning.training import Schedule, learning_rate

CARD = "model-card.md"
PICTURES = "model-card"

LIMITS = Path(__file__).with_name("limits.md")

SEARCH = Path(__file__).with_name("search.md")
"""What the last run of `tune` found; to be written anew after each."""

TITLES = {TRAINING: "training", TUNING: "tuning", TEST: "test"}

PURPOSE = """\
Finds the first and last frame of every caption burned into a strip of a video, at 10 frames per
second. 10 Hz is part of the data format and of the model: many rules count frames. A convolutional
encoder looks at each 64 x 512 luma band at most once. It gives the strokes of the text, the share
of text in each 8 x 8 cell, and the logit that a caption is shown. A pair head says whether two
frames, or the means of several frames, show different captions. A frame between two frames that
surely show the same caption is not encoded. A Viterbi pass turns this into captions, and six passes
after it correct them."""

RULES = """\
Every number besides the weights that decides what a caption is. "Tuned" means that
`python -m captionacc_training tune` searches the number on the tuning split, in a grid that
encloses its value; "fitted" means that `tune` computes it by regression; "set by hand" means that a
person chose it, for the reason that is given. Most numbers that are set by hand were never compared
with other values in a way that is on record. The rules were found with the features of this
network; another network needs them found again.

Training compares means of 2 frames, inference means of 4 (`mean_frames`). A training step uses 5 of
the 8 frames of a clip, so two means without a common frame have at most 2 frames each. Before steps
used 5 frames, training compared means of 3; inference has always used 4. No experiment compared
other numbers on either side: to make them agree, either captions change or the network has to be
trained again."""

PASSES_LEFT_OUT = """\
The tuning split with each pass left out, all others in their order. The rules of the passes were
found on this split, so it flatters them."""

COUNTED = """\
A caption counts as right when both its ends lie within the given number of frames of the ends of
one true caption; each true caption counts once. In brackets: the range that holds 95 % of the
figures when sequences are drawn again at random."""

FITTED = """\
Captions in order of their confidence, a tenth per row, and the share of them whose ends are both
right within a frame. The confidence was fitted on the tuning split and is judged on the test
split."""

EXAMPLES = """\
The first failures of each case follow; they need not be the worst. A picture shows the frames
around the ends, with white bars beside frames of true captions and grey bars beside frames of found
captions. A bar has a gap above the first frame of a caption. Failures of the test split are not
shown, so that nobody learns from them."""


AGAIN = """\
    make training COMMAND=all DATA=training-data

This needs npm, a Debian package index and about 14 GB of disk, and uses every core. Each command
continues where it was cut off. `tune` writes the rules that it found to `decoding.json` in the data
folder. To ship them, copy that file over the `decoding.json` beside the weights and run
`make training COMMAND=digests`: the model gets a new version, because its version covers weights
and rules. Where torch sees a GPU, training takes eighteen times as many frames, in bfloat16 and
with a compiled encoder; give it more clips as well (`--clips 100000`). This was
never run on a GPU."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The model a card is about; `curves` are the lines that its training wrote."""

    version: str
    weights: int
    clips: int
    schedule: Schedule
    curves: Sequence[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How often the test split was looked at with this model, and with all models together."""

    of_this_model: int
    in_all: int


def weight_count(module: nn.Module) -> int:
    """How many numbers are trained; the running means of normalisation do not count."""
    return sum(parameter.numel() for parameter in module.parameters())


def write_card(
    out: Path,
    trained: Trained,
    scored: Mapping[str, Sequence[Scored]],
    rules: Rules,
    looks: Looks,
    bands_of: Callable[[str], Luma],
) -> Path:
    """Write `model-card.md` and its pictures, in `model-card`, into `out`; returns the card's path.

    `scored` holds the tuning and the test split; `bands_of` gives the bands of a tuning sequence.
    """
    pictures = out / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("failure-*.png"):
        old.unlink()
    draw_curves(
        trained.curves, lambda step: learning_rate(trained.schedule, step), pictures / "curves.png"
    )
    judged = {split: reliability(*outcomes(scored[split], rules)) for split in (TUNING, TEST)}
    _draw_reliability({split: bins for split, (bins, _) in judged.items()}, pictures)
    sections = [
        "# Model card: caption extents",
        PURPOSE,
        _named(trained),
        "## Data",
        *_data(trained.clips, scored),
        "## Training",
        *_training(trained.schedule),
        "## Figures",
        COUNTED,
        _looked(looks),
        *(part for split in (TUNING, TEST) for part in _figures(split, scored[split], rules)),
        "## Rules",
        RULES,
        *rules_table(rules),
        "### The last search for the tuned rules",
        SEARCH.read_text("utf-8").strip(),
        "## Passes after Viterbi",
        PASSES_LEFT_OUT,
        ablation_table(ablations(scored[TUNING], rules)),
        "## Pairs of neighbouring frames",
        "What the network predicts for each pair, before the decoding, against the truth.",
        *(part for split in (TUNING, TEST) for part in _confusion(split, scored[split])),
        "## Confidence",
        FITTED,
        *(part for split in (TUNING, TEST) for part in _confidence(split, *judged[split])),
        _picture("Share of right captions by confidence", "reliability.png"),
        "## Failures",
        *_failures(failures(scored[TUNING], rules), bands_of, pictures),
        "## What it cannot do",
        LIMITS.read_text("utf-8").strip(),
        "## Make it again",
        AGAIN,
    ]
    card = out / CARD
    card.write_text("\n\n".join(sections) + "\n", "utf-8")
    return card


def confidence_table(bins: Sequence[Bin], error: float) -> str:
    """How often captions of each confidence are right, in Markdown."""
    lines = ["| captions | mean confidence | right |", "|---|---|---|"]
    lines += [f"| {b.captions} | {b.confidence:.3f} | {b.right:.3f} |" for b in bins]
    return "\n".join([*lines, "", f"Expected error of the confidence: {error:.3f}"])


def _data(clips: int, scored: Mapping[str, Sequence[Scored]]) -> list[str]:
    made = manifest()
    rules = made["sequences"]
    rule = (
        f"No source is in two splits. Training: {clips:,} clips of single changes. Tuning and test:"
        f" sequences of {rules['frames']} frames ({', '.join(rules['long'])}:"
        f" {rules['long_frames']}), one hard case each, at least"
        f" {rules['fewest_sequences_of_a_case']} and {rules['fewest_captions_of_a_case']} captions"
        " of a case; the empty ones hold none."
    )
    parts = [rule]
    for split, sources in made["splits"].items():
        lines = [f"### {TITLES[split].capitalize()} split", ""]
        if split in scored:
            captions = sum(len(item.truth) for item in scored[split])
            lines.append(f"- sequences: {len(scored[split])} with {captions} captions")
        for name, value in sources.items():
            # As code, since Markdown would take the asterisks of a file pattern for emphasis.
            shown = value if isinstance(value, str) else "; ".join(f"`{each}`" for each in value)
            lines.append(f"- {name}: {shown}")
        parts.append("\n".join(lines))
    return parts


def _training(schedule: Schedule) -> list[str]:
    rows = {name: getattr(schedule, name) for name in schedule.__struct_fields__}
    cycles = rows.pop("cycles")
    lines = ["| cycle | steps | peak rate | warm-up | fall |", "|---|---|---|---|---|"]
    lines += [
        f"| {place} | {cycle.steps} | {cycle.peak_rate} | {cycle.warm_up} | {cycle.fall} |"
        for place, cycle in enumerate(cycles, 1)
    ]
    return [
        "\n".join(lines),
        _two_columns("setting", rows),
        _picture("Losses, shares of right pairs and learning rate by step", "curves.png"),
    ]


def _named(trained: Trained) -> str:
    return (
        f"It has {trained.weights:,} weights. Its version is `{trained.version}`: the sha256 of the"
        " digests of its weights and of its rules (`extents.safetensors` and `decoding.json`)."
    )


def _looked(looks: Looks) -> str:
    return (
        f"The test split was looked at {_times(looks.of_this_model)} with this model,"
        f" {_times(looks.in_all)} in all."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _figures(split: str, scored: Sequence[Scored], rules: Rules) -> list[str]:
    return [f"### {TITLES[split].capitalize()} split", table(measured(scored, rules))]


def _confusion(split: str, scored: Sequence[Scored]) -> list[str]:
    counts = confusion((item.scores, item.truth) for item in scored)
    return [f"### Pairs of the {TITLES[split]} split", confusion_table(counts)]


def _confidence(split: str, bins: Sequence[Bin], error: float) -> list[str]:
    return [f"### Confidence on the {TITLES[split]} split", confidence_table(bins, error)]


def _failures(
    wrong: Sequence[Failure], bands_of: Callable[[str], Luma], pictures: Path
) -> list[str]:
    """Failures on the tuning split; looking at those of the test split would be tuning on it."""
    missed = sum(failure.missed for failure in wrong)
    drawn = examples(wrong)
    counts = (
        f"On the tuning split {missed} captions are missed and {len(wrong) - missed} found captions"
        " are false, within a frame; a wrong end counts as both."
    )
    parts = [counts, EXAMPLES]
    for failure, path in zip(drawn, draw_failures(drawn, bands_of, pictures), strict=True):
        parts.append(f"{failure.kind}: {failure.title}\n\n{_picture(failure.title, path.name)}")
    return parts


def _draw_reliability(bins: Mapping[str, Sequence[Bin]], pictures: Path) -> None:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=0.8)
    for split, of_split in bins.items():
        confidences = np.array([each.confidence for each in of_split])
        right = np.array([each.right for each in of_split])
        axes.plot(confidences, right, marker="o", label=TITLES[split])
    axes.set_xlabel("mean confidence")
    axes.set_ylabel("share that is right")
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    figure.savefig(pictures / "reliability.png", dpi=100, metadata={"Software": None})


def _two_columns(title: str, rows: Mapping[str, object]) -> str:
    lines = [f"| {title} | value |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows.items())])


def _picture(text: str, name: str) -> str:
    return f"![{text}]({PICTURES}/{name})"
