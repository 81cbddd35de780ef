"""Estimated cost of a compute call in US dollars, line by line, from what it used.

Rates are Modal's list prices per second (copies of May to June 2026) and Google Vision's list price
per image; refresh them with the vendors' own figures before quoting a bill.
"""

import msgspec

from captionacc_contracts.work.compute import FUNCTIONS, FunctionName, Measured

GPU_PER_SECOND = {
    "T4": 0.000164,
    "L4": 0.000222,
    "A10G": 0.000306,
    "L40S": 0.000542,
    "A100-40GB": 0.000583,
    "A100-80GB": 0.000694,
    "H100": 0.001097,
}
CPU_CORE_PER_SECOND = 0.0000131
MEMORY_GIB_PER_SECOND = 0.00000222
OCR_PER_UNIT = 0.0015


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """``quantity`` in ``unit`` at a rate gives ``usd``."""

    item: str
    quantity: float
    unit: str
    usd: float


def estimate(function: FunctionName, measured: Measured) -> list[CostLine]:
    """Cost lines of one call had it run on its declared cloud hardware for the measured seconds."""
    spec = FUNCTIONS[function]
    seconds = sum(measured.seconds.values())
    lines = [
        CostLine(
            item=f"{function} {spec.gpu}",
            quantity=seconds,
            unit="gpu_second",
            usd=seconds * GPU_PER_SECOND[spec.gpu],
        ),
        CostLine(
            item=f"{function} cpu",
            quantity=seconds * spec.cpu_cores,
            unit="core_second",
            usd=seconds * spec.cpu_cores * CPU_CORE_PER_SECOND,
        ),
        CostLine(
            item=f"{function} memory",
            quantity=seconds * spec.memory_mib / 1024,
            unit="gib_second",
            usd=seconds * spec.memory_mib / 1024 * MEMORY_GIB_PER_SECOND,
        ),
    ]
    if measured.ocr_units:
        lines.append(
            CostLine(
                item="ocr",
                quantity=measured.ocr_units,
                unit="image",
                usd=measured.ocr_units * OCR_PER_UNIT,
            )
        )
    return lines
