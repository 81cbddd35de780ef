"""Tone mapping: the pictures of an HDR video (PQ or HLG, BT.2020) for an ordinary screen (BT.709).

The operator is Method C of Report ITU-R BT.2446-1. It keeps the reference white of HDR (203 cd/m2,
Report ITU-R BT.2408), in which captions are drawn, near the white of the screen. The transfer
functions are those of Recommendation ITU-R BT.2100.
"""

from collections.abc import Callable
from functools import cache

import av
import numpy as np
import numpy.typing as npt

# Code points of ITU-T H.273.
PQ = 16
HLG = 18
_BT2020 = 9
_UNSPECIFIED = 2

Floats = npt.NDArray[np.float32]

_CODES = 1 << 16
_PEAK = 1000.0
"""Brightest light of an HLG screen in cd/m2, for which BT.2100 gives the gamma below."""
_HLG_GAMMA = 1.2
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
"""Shares of R, G and B of BT.2020 in the luminance."""
_BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
"""Report ITU-R BT.2407, on linear light."""
_SCREEN_WHITE = 100.0
_SCREEN_GAMMA = 2.4
"""White in cd/m2 and gamma of an ordinary screen (BT.1886)."""
_ROWS = 64
"""Rows that are mapped together; more would only need more memory."""


def is_hdr(frame: av.VideoFrame) -> bool:
    """Whether ``frame`` needs tone mapping."""
    return frame.color_trc in (PQ, HLG)


def tone_mapped(frame: av.VideoFrame, width: int, height: int) -> npt.NDArray[np.uint8]:
    """An HDR picture as height x width x 3, RGB, for an ordinary screen."""
    stored = frame.reformat(width=width, height=height, format="rgb48le").to_ndarray()
    codes = stored.astype(np.uint16, copy=False)
    light = _light_of(frame.color_trc)
    wide = frame.color_primaries in (_BT2020, _UNSPECIFIED)
    mapped = np.empty(codes.shape, np.uint8)
    for top in range(0, height, _ROWS):
        rows = slice(top, top + _ROWS)
        mapped[rows] = _screen_codes(light(codes[rows]), wide=wide)
    return mapped


def _light_of(transfer: int) -> Callable[[npt.NDArray[np.uint16]], Floats]:
    """From 16-bit RGB codes to light on an HDR screen, in cd/m2."""
    if transfer == PQ:
        return lambda codes: _pq_light()[codes]

    def hlg(codes: npt.NDArray[np.uint16]) -> Floats:
        scene = _hlg_scene()[codes]
        luminance = (scene @ _LUMINANCE)[..., None]
        result: Floats = _PEAK * scene * luminance ** np.float32(_HLG_GAMMA - 1)
        return result

    return hlg


@cache
def _pq_light() -> Floats:
    """Light in cd/m2 of every 16-bit code: the EOTF of PQ."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = np.linspace(0, 1, _CODES) ** (1 / m2)
    light = 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return light.astype(np.float32)


@cache
def _hlg_scene() -> Floats:
    """Light of the scene (0 to 1) of every 16-bit code: the inverse OETF of HLG."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    code = np.linspace(0, 1, _CODES)
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return scene.astype(np.float32)


def _screen_codes(light: Floats, *, wide: bool) -> npt.NDArray[np.uint8]:
    """From light on an HDR screen to 8-bit RGB codes of an ordinary screen."""
    luminance = (light @ _LUMINANCE)[..., None]
    scale = _mapped_luminance(luminance) / np.maximum(luminance, np.float32(1e-6))
    rgb = light * (scale / np.float32(_SCREEN_WHITE))
    if wide:
        rgb = rgb @ _BT2020_TO_BT709.T
    codes: npt.NDArray[np.uint8] = (
        np.clip(rgb, 0, 1) ** np.float32(1 / _SCREEN_GAMMA) * 255 + 0.5
    ).astype(np.uint8)
    return codes


def _mapped_luminance(luminance: Floats) -> Floats:
    """Luminance on the HDR screen to luminance on the ordinary screen: BT.2446-1, 6.1.4."""
    k1, k2, k3, k4 = 0.83802, 15.09968, 0.74204, 78.99439
    bend = 58.5 / k1
    above = k2 * np.log(np.maximum(luminance / bend, 1) - k3) + k4
    return np.where(luminance < bend, k1 * luminance, above).astype(np.float32)
