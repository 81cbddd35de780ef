"""Versions of what the compute functions of this release compute with.

They are part of a call's key, so that a result of an older version does not serve. Tests hold them
to the shipped code.
"""

from enum import StrEnum

from captionacc_contracts.work.functions import FUNCTIONS, FunctionName, Part

EXTENTS_MODEL_VERSION = "120ee2c833765aa2e0c5e56d57eb519ab69ee9b31e3594637d23e5cb3aa04cbf"
"""The version (digest of weights and rules) of the caption-extents model of this release."""

LAYOUT_VERSION = "4"
"""Raise it when the suggestion of a crop region changes."""


class OcrEngineName(StrEnum):
    """OCR engines, by the names of the setting ``OCR_ENGINE``."""

    RAPIDOCR = "rapidocr"
    GOOGLE_VISION = "google-vision"


OCR_ENGINE_VERSIONS = {
    # The version of RapidOCR, then a number of our own: raise it when the texts or confidences that
    # we make of the output of the local engines change.
    OcrEngineName.RAPIDOCR: "3.10+4",
    # Google does not say when its model changes; raise this by hand to read everything anew.
    OcrEngineName.GOOGLE_VISION: "1",
}


def computed_by(function: FunctionName, engine: OcrEngineName) -> str:
    """The versions that decide the result of a function.

    Args:
        function: The compute function.
        engine: The OCR engine that the functions are set up with.
    """
    versions = {
        Part.EXTENTS: f"extents {EXTENTS_MODEL_VERSION}",
        Part.LAYOUT: f"layout {LAYOUT_VERSION}",
        Part.OCR: f"{engine} {OCR_ENGINE_VERSIONS[engine]}",
    }
    return ", ".join(versions[part] for part in FUNCTIONS[function].parts)
