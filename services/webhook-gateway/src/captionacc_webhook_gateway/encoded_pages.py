"""Answers that were encoded before, kept while their rows stay the same."""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

# About fifty compressed lists of 20,000 captions, or six uncompressed ones.
KEPT_BYTES = 32 * 1024 * 1024
# Each needs a connection and a few times the size of its page, so more would crowd out others.
MADE_AT_ONCE = 2
# Captions shrink to an eighth at every level; the higher levels take two to five times as long.
_GZIP_LEVEL = 1


class EncodedPage(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer, and its entity tag."""

    tag: str
    body: bytes


class EncodedPages:
    """The bodies that were read last, by tag and encoding; the oldest make room for new ones."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._pages: OrderedDict[tuple[str, bool], EncodedPage] = OrderedDict()
        self._size = 0
        self._turns = asyncio.Semaphore(MADE_AT_ONCE)

    async def page(
        self, tag: str, make: Callable[[], Awaitable[EncodedPage]], *, compressed: bool
    ) -> EncodedPage:
        """Return the page with this tag, or what ``make`` returns when it is not kept.

        The rows may have changed since the tag was read, so the page may have another tag.
        """
        kept = self._find(tag, compressed)
        if kept is not None:
            return kept
        async with self._turns:
            # While this request waited, another one may have made the page.
            kept = self._find(tag, compressed)
            if kept is not None:
                return kept
            made = await make()
            if compressed:
                # zlib releases the interpreter's lock, so the event loop goes on.
                body = await asyncio.to_thread(gzip.compress, made.body, _GZIP_LEVEL)
                made = EncodedPage(tag=made.tag, body=body)
            self._keep(made, compressed)
            return made

    def _find(self, tag: str, compressed: bool) -> EncodedPage | None:
        page = self._pages.get((tag, compressed))
        if page is not None:
            self._pages.move_to_end((tag, compressed))
        return page

    def _keep(self, page: EncodedPage, compressed: bool) -> None:
        if len(page.body) > self._kept_bytes or (page.tag, compressed) in self._pages:
            return
        self._pages[page.tag, compressed] = page
        self._size += len(page.body)
        while self._size > self._kept_bytes:
            _, oldest = self._pages.popitem(last=False)
            self._size -= len(oldest.body)
