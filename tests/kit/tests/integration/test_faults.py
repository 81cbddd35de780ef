import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from captionacc_testkit.faults import FaultyProxy, faulty_proxy
from captionacc_testkit.sockets import NetworkForbiddenError


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def proxy() -> AsyncIterator[FaultyProxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, faulty_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as made:
        yield made


async def ask(proxy: FaultyProxy, text: bytes = b"hello") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(text)
        return await reader.readexactly(len(text))
    finally:
        writer.close()


async def test_it_passes_bytes_on(proxy: FaultyProxy) -> None:
    assert await ask(proxy) == b"hello"
    assert proxy.connections == 1


async def test_a_cut_ends_open_and_new_connections(proxy: FaultyProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    assert await reader.readexactly(1) == b"a"
    proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await ask(proxy)
    proxy.restore()
    assert await ask(proxy) == b"hello"
    writer.close()


async def test_a_black_hole_holds_bytes_until_it_is_restored(proxy: FaultyProxy) -> None:
    proxy.black_hole()
    asking = asyncio.create_task(ask(proxy))
    done, _ = await asyncio.wait({asking}, timeout=0.2)
    assert not done
    proxy.restore()
    assert await asking == b"hello"


async def test_a_delay_is_waited_for(proxy: FaultyProxy) -> None:
    proxy.delay(0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await ask(proxy)
    assert loop.time() - began >= 0.2


async def test_an_answer_is_cut_short(proxy: FaultyProxy) -> None:
    proxy.truncate_answers(3)
    with pytest.raises(asyncio.IncompleteReadError) as short:
        await ask(proxy)
    assert short.value.partial == b"hel"


async def test_it_answers_in_the_servers_place(proxy: FaultyProxy) -> None:
    proxy.answer_itself(b"no")
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hello")
    assert await reader.read() == b"no"
    writer.close()
    proxy.restore()
    assert await ask(proxy) == b"hello"


async def test_other_machines_are_out_of_reach() -> None:
    with pytest.raises(NetworkForbiddenError):
        await asyncio.open_connection("192.0.2.1", 80)
