"""Text boxes: a piece of text and the rectangle that it fills."""

import msgspec


class TextBox(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of text and its rectangle.

    The origin is the top left corner, y grows downwards, and right and bottom are exclusive. OCR
    engines give edges in pixels of their image. ``confidence`` lies between 0 and 1.

    A box that is not ``readable`` shows text that the engine cannot read. Its ``text`` is then
    empty or not what is written there.
    """

    text: str
    confidence: float
    readable: bool = True
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        return (self.top + self.bottom) / 2


class FrameBox(TextBox, frozen=True, kw_only=True):
    """A text box of the frame with the index ``at``; edges are fractions (0 to 1) of the frame."""

    at: int
