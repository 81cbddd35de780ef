import asyncio
import gzip

from captionacc_webhook_gateway.encoded_pages import EncodedPage, EncodedPages


class Maker:
    """Makes pages of a fixed body, and counts them."""

    def __init__(self, tag: str, size: int = 10) -> None:
        self.page = EncodedPage(tag=tag, body=b"x" * size)
        self.made = 0

    async def __call__(self) -> EncodedPage:
        self.made += 1
        await asyncio.sleep(0)
        return self.page


async def test_many_readers_at_once_have_a_page_made_once() -> None:
    pages, make = EncodedPages(), Maker("a")

    found = await asyncio.gather(*(pages.page("a", make, compressed=True) for _ in range(20)))

    # Two are made at once, and both may begin before the first one ends.
    assert make.made <= 2
    assert {gzip.decompress(page.body) for page in found} == {make.page.body}


async def test_a_page_is_kept_per_encoding() -> None:
    pages, make = EncodedPages(), Maker("a")

    plain = await pages.page("a", make, compressed=False)
    packed = await pages.page("a", make, compressed=True)
    again = await pages.page("a", make, compressed=False)

    assert (plain.body, again.body, make.made) == (make.page.body, make.page.body, 2)
    assert packed.body != plain.body


async def test_rows_that_changed_in_the_meantime_give_the_page_another_tag() -> None:
    pages, make = EncodedPages(), Maker("newer")

    page = await pages.page("older", make, compressed=False)
    await pages.page("newer", make, compressed=False)

    assert (page.tag, make.made) == ("newer", 1)


async def test_the_page_that_was_read_longest_ago_makes_room() -> None:
    pages = EncodedPages(kept_bytes=25)
    first, second, third = Maker("a"), Maker("b"), Maker("c")
    for tag, make in (("a", first), ("b", second), ("a", first), ("c", third), ("a", first)):
        await pages.page(tag, make, compressed=False)

    await pages.page("b", second, compressed=False)

    assert (first.made, second.made, third.made) == (1, 2, 1)


async def test_a_page_that_is_too_large_is_sent_but_not_kept() -> None:
    pages, make = EncodedPages(kept_bytes=5), Maker("a")

    for _ in range(2):
        page = await pages.page("a", make, compressed=False)
        assert page.body == make.page.body

    assert make.made == 2
