"""A Google Vision server on loopback that reads letters drawn as grey blocks."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import cv2
import grpc
import numpy as np
import pytest
from captionacc_media.ocr.google_vision import client_on
from google.cloud import vision_v1 as vision
from google.cloud.vision_v1.services.image_annotator import ImageAnnotatorAsyncClient
from PIL import Image

LETTERS = "abcdefghij"
_OPTIONS = [
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
]


def _read(content: bytes) -> list[tuple[str, int, int, int, int]]:
    grey = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    _, _, stats, _ = cv2.connectedComponentsWithStats((grey > 45).astype(np.uint8))
    found = []
    for left, top, width, height, area in stats[1:]:
        if area < 40:
            continue
        patch = grey[top + 3 : top + height - 3, left + 3 : left + width - 3]
        letter = LETTERS[int(np.clip(round((float(np.median(patch)) - 70) / 18), 0, 9))]
        found.append((letter, int(left), int(top), int(left + width), int(top + height)))
    return found


@dataclass
class VisionServer:
    """What arrived, and what to answer instead of reading."""

    batches: list[list[vision.AnnotateImageRequest]] = field(default_factory=list)
    refusals: list[grpc.StatusCode] = field(default_factory=list)
    image_error: Callable[[vision.AnnotateImageRequest], tuple[int, str] | None] = lambda _: None
    hang: bool = False

    async def annotate(
        self, request: vision.BatchAnnotateImagesRequest, context: grpc.aio.ServicerContext
    ) -> vision.BatchAnnotateImagesResponse:
        self.batches.append(list(request.requests))
        if self.hang:
            await asyncio.Event().wait()
        if self.refusals:
            await context.abort(self.refusals.pop(0), "refused by the test")
        return vision.BatchAnnotateImagesResponse(
            responses=[self._answer(each) for each in request.requests]
        )

    def _answer(self, request: vision.AnnotateImageRequest) -> vision.AnnotateImageResponse:
        error = self.image_error(request)
        if error is not None:
            return vision.AnnotateImageResponse(error={"code": error[0], "message": error[1]})
        symbols = [
            {
                "text": letter,
                "confidence": 0.9,
                "bounding_box": {
                    "vertices": [
                        {"x": left, "y": top},
                        {"x": right, "y": top},
                        {"x": right, "y": bottom},
                        {"x": left, "y": bottom},
                    ]
                },
            }
            for letter, left, top, right, bottom in _read(request.image.content)
        ]
        return vision.AnnotateImageResponse(
            full_text_annotation={
                "pages": [{"blocks": [{"paragraphs": [{"words": [{"symbols": symbols}]}]}]}]
            }
        )


@pytest.fixture
async def vision_server() -> AsyncIterator[tuple[VisionServer, ImageAnnotatorAsyncClient]]:
    """The server and the vendor's own client connected to it."""
    behaviour = VisionServer()
    server = grpc.aio.server(options=_OPTIONS)
    handler = grpc.unary_unary_rpc_method_handler(
        behaviour.annotate,
        request_deserializer=vision.BatchAnnotateImagesRequest.deserialize,
        response_serializer=vision.BatchAnnotateImagesResponse.serialize,
    )
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "google.cloud.vision.v1.ImageAnnotator", {"BatchAnnotateImages": handler}
            ),
        )
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS) as channel:
        yield behaviour, client_on(channel)
    await server.stop(None)
