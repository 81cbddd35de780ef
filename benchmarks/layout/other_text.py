"""Text that is not a caption: logos, watermarks, tickers, clocks, cards, credits, signs."""

from dataclasses import replace

import cv2
import numpy as np

from benchmarks.layout.drawing import lettering
from benchmarks.layout.drawing.footage import camera_over
from benchmarks.layout.drawing.layers import Progress, Running, Timed
from benchmarks.layout.drawing.lettering import Anchor, Look, width_of
from benchmarks.layout.drawing.patch import Patch, Picture, solid
from benchmarks.layout.scene import Scene

DAY = 86_400


def logo(scene: Scene) -> None:
    """A short mark in a corner for the whole video."""
    rng = scene.rng
    look = replace(
        scene.look("latin", share=(0.035, 0.065), boxed=0.3), opacity=float(rng.uniform(0.4, 1.0))
    )
    text = scene.texts.word(rng, "latin")[:6].upper()
    keypad = int(rng.choice([7, 9, 9, 1, 3]))
    inset = scene.scale * rng.uniform(10, 22)
    anchor = Anchor(
        x=inset if keypad in (1, 7) else scene.width - inset,
        y=inset if keypad > 6 else scene.height - inset,
        keypad=keypad,
    )
    patch = lettering.draw(text, look, anchor)
    scene.layers.append(Timed([(0, scene.seconds, patch)]))
    scene.note("logo", patch.letters)


def watermark(scene: Scene) -> None:
    """A translucent mark of a stock agency: tiled on a slant, or one large mark."""
    rng = scene.rng
    text = scene.texts.word(rng, "latin") + scene.texts.word(rng, "latin")[:4]
    large = rng.random() < 0.4
    look = Look(
        font=scene.font("latin"),
        size=round(scene.scale * (rng.uniform(34, 60) if large else rng.uniform(13, 26))),
        stroke=0 if rng.random() < 0.5 else 1,
        edge=(90, 90, 90),
        opacity=float(rng.uniform(0.2, 0.5)),
    )
    sheet = np.zeros((scene.height, scene.width, 4), np.uint8)
    patch = lettering.draw(text, look, Anchor(x=scene.width / 2, y=scene.height / 2, keypad=5))
    tile = np.dstack([patch.colour, patch.alpha])
    tall, wide = tile.shape[:2]
    if large:
        places = [((scene.width - wide) // 2, (scene.height - tall) // 2)]
    else:
        step_x, step_y = round(wide * rng.uniform(1.0, 1.5)), round(tall * rng.uniform(1.6, 3))
        places = [
            (x, y)
            for row, y in enumerate(range(-tall, scene.height, step_y))
            for x in range(-wide + (step_x // 2) * (row % 2), scene.width, step_x)
        ]
    for x, y in places:
        _put(sheet, tile, x, y)
    angle = float(rng.choice([0, 0, 20, 30]))
    matrix = cv2.getRotationMatrix2D((scene.width / 2, scene.height / 2), angle, 1)
    sheet = np.asarray(cv2.warpAffine(sheet, matrix, (scene.width, scene.height)), np.uint8)
    corners = (0, 0, scene.width, scene.height)
    whole = Patch(left=0, top=0, colour=sheet[..., :3], alpha=sheet[..., 3], letters=corners)
    scene.layers.append(Timed([(0, scene.seconds, whole)]))
    scene.note("watermark", patch.letters if large and not angle else corners)


def _put(sheet: Picture, tile: Picture, x: int, y: int) -> None:
    top, left = max(0, y), max(0, x)
    part = sheet[top : y + tile.shape[0], left : x + tile.shape[1]]
    tall, wide = part.shape[:2]
    if tall > 0 and wide > 0:
        part[:] = np.maximum(part, tile[top - y : top - y + tall, left - x : left - x + wide])


def ticker(scene: Scene) -> float:
    """News that run along the lower edge. The answer is the upper edge of the strip in pixels."""
    rng = scene.rng
    tall = round(scene.scale * rng.uniform(20, 32))
    top = scene.height - tall - round(scene.scale * rng.uniform(0, 14))
    look = Look(font=scene.font("latin"), size=round(tall * 0.58), fill=(255, 255, 255))
    text = "   •   ".join(scene.line("latin", look, 40 * look.size) for _ in range(9)) + "   •   "
    wide = max(round(width_of(text, look)), scene.width + 10)
    ground = (
        (20, 20, 24),
        (120, 10, 20),
        (15, 40, 110),
        (235, 235, 235),
    )[int(rng.integers(4))]
    if ground[0] > 200:
        look = replace(look, fill=(10, 10, 10))
    strip = np.zeros((tall, wide, 4), np.uint8)
    strip[..., :3] = ground
    strip[..., 3] = round(255 * rng.uniform(0.75, 1.0))
    patch = lettering.draw(text, look, Anchor(x=0, y=tall / 2, keypad=4))
    rows = slice(max(0, -patch.top), max(0, -patch.top) + tall)
    letters = patch.alpha[rows, -patch.left : -patch.left + wide, None].astype(np.float32) / 255
    part = strip[: letters.shape[0], : letters.shape[1], :3]
    part[:] = (part * (1 - letters) + np.array(look.fill) * letters).astype(np.uint8)
    speed = scene.width * rng.uniform(0.08, 0.2)
    window = (0, top, scene.width, tall)
    scene.layers.append(Running(strip, window, (speed, 0.0), 0.0, scene.seconds))
    scene.note("ticker", (0, top, scene.width, top + tall))
    return float(top)


def clock(scene: Scene, corner: int | None = None) -> None:
    """A clock, or a time code that also counts pictures, in a corner."""
    rng = scene.rng
    look = scene.look("latin", share=(0.035, 0.06), boxed=0.4)
    keypad = corner or int(rng.choice([7, 9, 1, 3, 8]))
    inset = scene.scale * rng.uniform(8, 22)
    anchor = Anchor(
        x=(inset, scene.width / 2, scene.width - inset)[(keypad - 1) % 3],
        y=inset if keypad > 6 else scene.height - inset,
        keypad=keypad,
    )
    rate = 10 if rng.random() < 0.35 else 1
    start = int(rng.integers(DAY))
    items = []
    for number in range(int(scene.seconds * rate) + 1):
        second = (start + number // rate) % DAY
        text = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        if rate > 1:
            text += f":{number % rate:02}"
        patch = lettering.draw(text, look, anchor)
        items.append((number / rate, (number + 1) / rate, patch))
    scene.layers.append(Timed(items))
    scene.note("clock", items[0][2].letters)


def title_cards(scene: Scene) -> None:
    """One to three titles in the middle of the picture, over footage or over a plain ground."""
    rng = scene.rng
    start = float(rng.uniform(0, 2))
    for _ in range(int(rng.integers(1, 4))):
        end = start + float(rng.uniform(2.5, 6))
        if end > scene.seconds:
            return
        look = scene.look("latin", share=(0.09, 0.16), boxed=0.0)
        text = scene.lines("latin", look, 0.8 * scene.width, 0.4)
        if rng.random() < 0.5:
            plain = np.full(
                (scene.height, scene.width, 3), int(rng.choice([0, 0, 20, 235])), np.uint8
            )
            scene.layers.append(Timed([(start, end, solid(0, 0, plain))]))
        middle = Anchor(x=scene.width / 2, y=scene.height * rng.uniform(0.35, 0.6), keypad=5)
        patch = scene.draw(text, look, middle)
        scene.layers.append(Timed([(start, end, patch)], fade=0.4))
        scene.note("title_card", patch.letters, start, end)
        start = end + float(rng.uniform(0, scene.seconds / 4))


def rolling_credits(scene: Scene) -> None:
    """Names that run upwards, over black or over the footage, to the end."""
    rng = scene.rng
    start = scene.seconds * float(rng.uniform(0.0, 0.5))
    look = replace(scene.look("latin", share=(0.035, 0.06), boxed=0.0), stroke=1, shadow=0)
    step = round(look.size * 1.6)
    speed = scene.height * rng.uniform(0.08, 0.2)
    count = int((scene.seconds - start) * speed / step) + 4
    tall = scene.height + count * step
    strip = np.zeros((tall, scene.width, 4), np.uint8)
    if rng.random() < 0.6:
        strip[..., 3] = 255
    for number in range(count):
        y = scene.height + number * step
        role, name = scene.texts.word(rng, "latin"), scene.line("latin", look, 10 * look.size)
        for text, x, keypad in ((role, 0.47, 6), (name, 0.53, 4)):
            patch = lettering.draw(text, look, Anchor(x=x * scene.width, y=y, keypad=keypad))
            tile = np.dstack([patch.colour, patch.alpha])
            _put(strip, tile, patch.left, patch.top)
    window = (0, 0, scene.width, scene.height)
    scene.layers.append(Running(strip, window, (0.0, speed), start, scene.seconds))
    scene.note("credits", (0, 0, scene.width, scene.height), start)


def signs(scene: Scene) -> None:
    """Footage of photos with painted signs; they move as the camera moves."""
    rng = scene.rng
    at = 0.0
    while at < scene.seconds:
        at = min(scene.seconds, at + float(rng.uniform(2.5, 9)))
        name, photo = scene.footage.photo(rng)
        painted = np.array(photo)
        for _ in range(int(rng.integers(2, 6))):
            _paint_sign(scene, painted)
        scene.background.shots.append(camera_over(rng, scene.background, at, name, painted))
    scene.note("scene_text", (0, 0, scene.width, scene.height))


def _paint_sign(scene: Scene, photo: Picture) -> None:
    rng = scene.rng
    light = rng.random() < 0.5
    look = Look(
        font=scene.font("latin"),
        size=round(photo.shape[1] * rng.uniform(0.018, 0.05)),
        fill=(250, 250, 250) if light else (15, 15, 20),
        box=0.0 if rng.random() < 0.35 else 1.0,
        box_colour=((20, 60, 140), (150, 20, 20), (15, 90, 50))[int(rng.integers(3))]
        if light
        else (235, 230, 210),
    )
    text = scene.lines("latin", look, 9 * look.size, 0.3).upper()
    patch = lettering.draw(text, look, Anchor(x=0, y=0, keypad=7))
    tile = np.dstack([patch.colour, patch.alpha])
    tall, wide = tile.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    bent = corners + rng.uniform(-0.12, 0.12, (4, 2)).astype(np.float32) * tall
    bent -= bent.min(0)
    size = (int(bent[:, 0].max()) + 1, int(bent[:, 1].max()) + 1)
    matrix = cv2.getPerspectiveTransform(corners, bent.astype(np.float32))
    tile = np.asarray(cv2.warpPerspective(tile, matrix, size), np.uint8)
    rows, columns = photo.shape[:2]
    x = int(rng.integers(max(1, columns - size[0])))
    y = int(rng.integers(max(1, rows - size[1])))
    part = photo[y : y + size[1], x : x + size[0]]
    cover = tile[: part.shape[0], : part.shape[1], 3:].astype(np.float32) / 255
    part[:] = (part * (1 - cover) + tile[: part.shape[0], : part.shape[1], :3] * cover).astype(
        np.uint8
    )


def player(scene: Scene) -> None:
    """The controls of a player in a screen recording: bar, times, title."""
    rng = scene.rng
    first = min(scene.seconds, float(rng.uniform(3, 6)))
    spans = [(0.0, first)]
    if rng.random() < 0.4:
        spans = [(0.0, scene.seconds)]
    elif scene.seconds > first + 8:
        again = float(rng.uniform(first + 2, scene.seconds - 4))
        spans.append((again, again + float(rng.uniform(2.5, 4))))
    tall = round(30 * scene.scale)
    shade = solid(0, scene.height - tall, np.zeros((tall, scene.width, 3), np.uint8), 0.55)
    scene.layers.append(Timed([(start, end, shade) for start, end in spans]))
    inset = round(12 * scene.scale)
    bar = (inset, scene.height - tall, scene.width - 2 * inset, max(2, round(3 * scene.scale)))
    scene.layers.append(Progress(bar, scene.seconds, spans))
    look = Look(font=scene.font("latin"), size=round(rng.uniform(11, 14) * scene.scale))
    y = scene.height - tall * 0.42
    offset, total = int(rng.integers(300)), int(rng.integers(400, 5000))
    items = []
    for start, end in spans:
        for second in range(int(start), int(end) + 1):
            now = second + offset
            text = f"{now // 60}:{now % 60:02} / {total // 60}:{total % 60:02}"
            patch = lettering.draw(text, look, Anchor(x=inset + 30, y=y, keypad=4))
            items.append((max(start, float(second)), min(end, second + 1.0), patch))
    title = scene.line("latin", look, 0.6 * scene.width)
    upper = lettering.draw(title, replace(look, stroke=1), Anchor(x=inset, y=inset, keypad=7))
    right = lettering.draw("1x   HD", look, Anchor(x=scene.width - inset, y=y, keypad=6))
    items += [(start, end, each) for start, end in spans for each in (upper, right)]
    scene.layers.append(Timed(items))
    for start, end in spans:
        scene.note("player", (0, scene.height - tall, scene.width, scene.height), start, end)
        scene.note("player", upper.letters, start, end)
