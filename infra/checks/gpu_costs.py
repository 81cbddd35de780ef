"""Writes the table of what GPUs cost in ``docs/deploy.md``.

Run from the root of the checkout: ``.venv/bin/python -m infra.checks.gpu_costs``. The seconds
follow from the coefficients of the forecast, the prices from the price list, the cores and the
memory from the table of the functions.
"""

from pathlib import Path

from captionacc_contracts.work.compute import Hardware, Measured
from captionacc_contracts.work.cost import estimate
from captionacc_contracts.work.effort import EFFORT, Amount
from captionacc_contracts.work.forecast import USUAL_PIXELS, WHOLE_JOB
from captionacc_contracts.work.functions import FUNCTIONS, FunctionName

PAGE = Path("docs/deploy.md")
BEGIN, END = "<!-- generated: GPUs -->\n", "<!-- end of generated part -->\n"
CHOICES = (None, "T4", "L4", "A10G")
_HOUR_S = 3600.0


def container_seconds(function: FunctionName) -> float:
    """Seconds of a container per hour of video."""
    captions = _HOUR_S / 60 * EFFORT.captions_per_minute
    megapixels = USUAL_PIXELS / 1e6
    amount = Amount(
        track_seconds=_HOUR_S,
        megapixel_seconds=_HOUR_S * megapixels,
        captions=captions,
        megapixel_captions=captions * megapixels,
    )
    return EFFORT.core_seconds(function, amount) / EFFORT.cores_busy(function)


def usd(function: FunctionName, gpu: str | None) -> float:
    """What these seconds cost on ``gpu``."""
    spec = FUNCTIONS[function]
    hardware = Hardware(gpu=gpu, cpu_cores=spec.cpu_cores, memory_mib=spec.memory_mib)
    measured = Measured(seconds={"work": container_seconds(function)}, hardware=hardware)
    return sum(line.usd for line in estimate(function, measured))


def table() -> str:
    """The generated part of the page, with the default of each function in bold."""
    names = " | ".join(gpu or "none" for gpu in CHOICES)
    lines = [f"| function | container | {names} |", f"|---|---|{'---|' * len(CHOICES)}"]
    for function in WHOLE_JOB:
        default = FUNCTIONS[function].gpu
        prices = [
            f"**${usd(function, gpu):.3f}**" if gpu == default else f"${usd(function, gpu):.3f}"
            for gpu in CHOICES
        ]
        seconds = f"{container_seconds(function):.0f} s"
        lines.append(f"| `{function}` | {seconds} | {' | '.join(prices)} |")
    defaults = sum(usd(function, FUNCTIONS[function].gpu) for function in WHOLE_JOB)
    without = sum(usd(function, None) for function in WHOLE_JOB)
    lines += ["", f"All three: ${defaults:.3f} with the defaults, ${without:.3f} without a GPU."]
    return "\n".join(lines) + "\n"


def page(present: str) -> str:
    """Return the text of the page with the present table in it."""
    before, _, rest = present.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def main() -> None:
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
