"""Print what each choice of a GPU costs per hour of video: ``python -m …hardware_choices``.

The seconds follow from the coefficients of the forecast, the prices from the price list, the cores
and the memory from the table of the functions.
"""

from captionacc_contracts.work.compute import Hardware, Measured
from captionacc_contracts.work.cost import OCR_PER_UNIT, estimate
from captionacc_contracts.work.effort import EFFORT, Amount
from captionacc_contracts.work.forecast import WHOLE_JOB
from captionacc_contracts.work.functions import FUNCTIONS, FunctionName
from captionacc_contracts.work.versions import OcrEngineName

HOUR_S = 3600.0
MEGAPIXELS = 1280 * 720 / 1e6
CHOICES = ("none", "T4", "L4", "A10G")


def usd(function: FunctionName, gpu: str) -> tuple[float, float]:
    """Seconds of a container per hour of video, and what they cost on ``gpu``."""
    spec = FUNCTIONS[function]
    amount = Amount(
        track_seconds=HOUR_S,
        megapixel_seconds=HOUR_S * MEGAPIXELS,
        captions=HOUR_S / 60 * EFFORT.captions_per_minute,
    )
    seconds = EFFORT.core_seconds(function, amount) / EFFORT.cores_busy(function)
    hardware = Hardware(
        gpu=None if gpu == "none" else gpu, cpu_cores=spec.cpu_cores, memory_mib=spec.memory_mib
    )
    lines = estimate(function, Measured(seconds={"work": seconds}, hardware=hardware))
    return seconds, sum(line.usd for line in lines)


def main() -> None:
    """Print a Markdown table, with the default of each function in bold."""
    print(f"| function | container | {' | '.join(CHOICES)} |")
    print(f"|---|---|{'---|' * len(CHOICES)}")
    for function in WHOLE_JOB:
        seconds, _ = usd(function, "none")
        prices = []
        for gpu in CHOICES:
            price = f"${usd(function, gpu)[1]:.3f}"
            prices.append(f"**{price}**" if gpu == FUNCTIONS[function].gpu else price)
        print(f"| `{function}` | {seconds:.0f} s | {' | '.join(prices)} |")
    default = sum(usd(function, FUNCTIONS[function].gpu)[1] for function in WHOLE_JOB)
    without = sum(usd(function, "none")[1] for function in WHOLE_JOB)
    print(f"\nAll: ${default:.3f} with the defaults, ${without:.3f} without a GPU.")
    print(f"Google Vision: ${OCR_PER_UNIT[OcrEngineName.GOOGLE_VISION]} per image on top.")


if __name__ == "__main__":
    main()
