"""Estimated cost of a compute call in US dollars, line by line, from what it used.

Rates are Modal's list prices per second (copies of May to June 2026) and Google Vision's list price
per image; refresh them with the vendors' own figures before quoting a bill.
"""

import msgspec

from captionacc_contracts.work.compute import Measured
from captionacc_contracts.work.functions import FunctionName
from captionacc_contracts.work.versions import OcrEngineName

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
OCR_PER_UNIT = {OcrEngineName.GOOGLE_VISION: 0.0015}
"""Engines that bill; other engines run on the hardware that is priced already."""


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """``quantity`` in ``unit`` at a rate gives ``usd``."""

    item: str
    quantity: float
    unit: str
    usd: float


def gpu_item(function: FunctionName, gpu: str) -> str:
    """The item of the line for a GPU."""
    return f"{function} {gpu}"


def estimate(function: FunctionName, measured: Measured) -> list[CostLine]:
    """Cost lines of one call, priced by what it ran on.

    A call with reserved hardware, as on Modal, is billed for that hardware from its start to its
    end. There is a GPU line only for a call that ran on a GPU.

    A call that reserved nothing, as on a laptop, is priced by its processor seconds, because its
    wall seconds count the calls beside it too. A processor second is priced as a second of one core
    of Modal, and its peak memory for the time in which the cores that it may use do this work. So
    the estimate is what the same work costs in the cloud without a GPU, on cores of this speed that
    are never idle.

    There is an OCR line only for an engine that bills.
    """
    hardware = measured.hardware
    cores = hardware.cpu_cores or 1.0
    seconds = sum(measured.seconds.values())
    if hardware.memory_mib is None and measured.cpu_seconds:
        seconds = measured.cpu_seconds / cores
    memory_mib = hardware.memory_mib or measured.peak_memory_mib
    lines = []
    if hardware.gpu is not None:
        lines.append(
            CostLine(
                item=gpu_item(function, hardware.gpu),
                quantity=seconds,
                unit="gpu_second",
                usd=seconds * GPU_PER_SECOND[hardware.gpu],
            )
        )
    lines += [
        CostLine(
            item=f"{function} cpu",
            quantity=seconds * cores,
            unit="core_second",
            usd=seconds * cores * CPU_CORE_PER_SECOND,
        ),
        CostLine(
            item=f"{function} memory",
            quantity=seconds * memory_mib / 1024,
            unit="gib_second",
            usd=seconds * memory_mib / 1024 * MEMORY_GIB_PER_SECOND,
        ),
    ]
    ocr_price = next(
        (price for name, price in OCR_PER_UNIT.items() if name == measured.ocr_engine), None
    )
    if measured.ocr_units and ocr_price is not None:
        lines.append(
            CostLine(
                item="ocr",
                quantity=measured.ocr_units,
                unit="image",
                usd=measured.ocr_units * ocr_price,
            )
        )
    return lines
