"""Draws text with libass, as players and converters draw subtitles.

The library is the one that Debian's package ``libass9`` installs.
"""

import ctypes
import ctypes.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.layout.drawing.lettering import Anchor, Colour, Look, font_of
from benchmarks.layout.drawing.patch import Patch

_LETTERS, _OUTLINE = 0, 1

_SCRIPT = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: D,Any,{size},{fill},{fill},{edge},{back},0,0,0,0,100,100,{spacing},0,{border},{stroke},\
{shadow},2,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:10.00,D,,0,0,0,,{{\\an{keypad}\\pos({x:.1f},{y:.1f})}}{text}
"""


class _Image(ctypes.Structure):
    pass


_Image._fields_ = [
    ("w", ctypes.c_int),
    ("h", ctypes.c_int),
    ("stride", ctypes.c_int),
    ("bitmap", ctypes.POINTER(ctypes.c_ubyte)),
    ("color", ctypes.c_uint32),
    ("dst_x", ctypes.c_int),
    ("dst_y", ctypes.c_int),
    ("next", ctypes.POINTER(_Image)),
    ("type", ctypes.c_int),
]


def is_installed() -> bool:
    """Whether this machine has libass."""
    return ctypes.util.find_library("ass") is not None


def draw(text: str, look: Look, anchor: Anchor, width: int, height: int) -> Patch:
    """Draw one or more lines onto a canvas of the size of the picture.

    Raises:
        RuntimeError: libass drew nothing.
    """
    library, handle = _library()
    renderer = _renderer(look.font)
    library.ass_set_frame_size(renderer, width, height)
    source = _SCRIPT.format(
        width=width,
        height=height,
        # libass measures a font from top to bottom, Pillow measures its em.
        size=sum(font_of(look.font, look.size).getmetrics()),
        fill=_tone(look.fill, look.opacity),
        edge=_tone(look.box_colour if look.box else look.edge, look.box or look.opacity),
        back=_tone((0, 0, 0), 0.6 * look.opacity),
        spacing=look.spacing,
        border=3 if look.box else 1,
        stroke=look.size / 5 if look.box else look.stroke,
        shadow=0 if look.box else look.shadow,
        keypad=anchor.keypad,
        x=anchor.x,
        y=anchor.y,
        text=text.replace("\n", "\\N"),
    ).encode()
    track = library.ass_read_memory(handle, source, len(source), None)
    try:
        image = library.ass_render_frame(renderer, track, ctypes.c_longlong(1000), None)
        return _patch_of(image, width, height)
    finally:
        library.ass_free_track(track)


def _patch_of(image: "ctypes._Pointer[_Image]", width: int, height: int) -> Patch:
    colour = np.zeros((height, width, 3), np.float32)
    alpha = np.zeros((height, width), np.float32)
    letters = np.zeros((height, width), bool)
    while bool(image):  # A null pointer is false; mypy does not know.
        part = image.contents
        if part.w and part.h:
            length = part.stride * (part.h - 1) + part.w
            flat = np.ctypeslib.as_array(part.bitmap, (length,))
            cover = np.zeros(part.stride * part.h, np.float32)
            cover[:length] = flat
            cover = cover.reshape(part.h, part.stride)[:, : part.w] / 255
            rgba = part.color
            where = (slice(part.dst_y, part.dst_y + part.h), slice(part.dst_x, part.dst_x + part.w))
            if part.type == _LETTERS:
                letters[where] |= cover > 0.25
            cover = cover * (1 - (rgba & 255) / 255)
            tone = np.array([rgba >> 24, rgba >> 16 & 255, rgba >> 8 & 255], np.float32)
            colour[where] = colour[where] * (1 - cover[..., None]) + cover[..., None] * tone
            alpha[where] += cover * (1 - alpha[where])
        image = part.next
    rows, columns = np.flatnonzero(alpha.max(1)), np.flatnonzero(alpha.max(0))
    inked = np.flatnonzero(letters.any(1)), np.flatnonzero(letters.any(0))
    if not len(inked[0]):
        raise RuntimeError("libass drew no letters; the font lacks the script of the text.")
    top, left = int(rows[0]), int(columns[0])
    used = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
    shown = np.maximum(alpha[used], 1e-6)[..., None]
    return Patch(
        left=left,
        top=top,
        colour=np.clip(colour[used] / shown + 0.5, 0, 255).astype(np.uint8),
        alpha=np.clip(alpha[used] * 255 + 0.5, 0, 255).astype(np.uint8),
        letters=(
            int(inked[1][0]),
            int(inked[0][0]),
            int(inked[1][-1]) + 1,
            int(inked[0][-1]) + 1,
        ),
    )


def _tone(colour: Colour, opacity: float) -> str:
    red, green, blue = colour
    return f"&H{round(255 * (1 - opacity)):02X}{blue:02X}{green:02X}{red:02X}"


@lru_cache
def _library() -> tuple[ctypes.CDLL, ctypes.c_void_p]:
    name = ctypes.util.find_library("ass")
    if name is None:
        raise RuntimeError("libass is missing; install it: apt-get install libass9")
    library = ctypes.CDLL(name)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    library.ass_library_init.restype = pointer
    library.ass_set_message_cb.argtypes = [pointer, pointer, pointer]
    library.ass_renderer_init.argtypes, library.ass_renderer_init.restype = [pointer], pointer
    library.ass_set_frame_size.argtypes = [pointer, number, number]
    library.ass_set_fonts.argtypes = [pointer, text, text, number, text, number]
    library.ass_read_memory.argtypes = [pointer, text, ctypes.c_size_t, text]
    library.ass_read_memory.restype = pointer
    library.ass_render_frame.argtypes = [pointer, pointer, ctypes.c_longlong, pointer]
    library.ass_render_frame.restype = ctypes.POINTER(_Image)
    library.ass_free_track.argtypes = [pointer]
    handle = library.ass_library_init()
    library.ass_set_message_cb(handle, ctypes.cast(_SILENT, pointer), None)
    return library, handle


def _drop(*_: object) -> None:
    """libass would log the missing font family of every text."""


_SILENT = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p)(
    _drop
)


@lru_cache
def _renderer(font: Path) -> ctypes.c_void_p:
    """A renderer whose only font is ``font``, so that no font of this machine takes part."""
    library, handle = _library()
    renderer: ctypes.c_void_p = library.ass_renderer_init(handle)
    library.ass_set_fonts(renderer, str(font).encode(), b"Any", 0, None, 0)
    return renderer
