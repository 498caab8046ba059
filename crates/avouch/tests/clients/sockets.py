"""WebSocket with the package `websockets`, on both sides.

    sockets.py serve              an API: prints its address, and ends when its input does
    sockets.py talk URL TOKEN     a client that does everything there is, and fails where it goes wrong
    sockets.py status URL TOKEN   a client that prints the status it is refused with, or 101
    sockets.py stay URL TOKEN     a client that says it is there, and prints how it is cut off
"""

import asyncio
import sys

import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

LARGE = 3 * 1024 * 1024


async def answer(socket):
    # The API speaks first, unasked, and tells what it was told of the client.
    await socket.send("welcome " + ",".join(sorted(name.lower() for name in socket.request.headers)))
    async for message in socket:
        if message == "end":
            await socket.close(3007, "as you wish")
            return
        if message == "count":
            for number in range(200):
                await socket.send(str(number))
            continue
        await socket.send(message)


async def quietly(socket):
    try:
        await answer(socket)
    except websockets.ConnectionClosed:
        pass


async def api():
    async with serve(quietly, "127.0.0.1", 0, max_size=None) as server:
        host, port = server.sockets[0].getsockname()
        print(f"{host}:{port}", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def to(url, token, **more):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return connect(url, additional_headers=headers, max_size=None, proxy=None, **more)


async def talk(url, token):
    for compression in ["deflate", None]:
        async with to(url, token, compression=compression) as socket:
            welcome = (await socket.recv()).split(" ", 1)[1].split(",")
            assert "authorization" not in welcome, welcome
            assert "x-request-id" in welcome, welcome
            for message in ["a", "", "ä€𝄞" * 1000, b"", bytes(range(256)) * 17]:
                await socket.send(message)
                assert await socket.recv() == message
            for large in ["x" * LARGE, bytes(LARGE)]:
                await socket.send(large)
                assert await socket.recv() == large
            # In fragments, with a ping in between.
            await socket.send(part for part in ["one ", "two ", "three"])
            assert await socket.recv() == "one two three"
            await asyncio.wait_for(await socket.ping(b"still there?"), 5)
            # Many, without waiting.
            for number in range(200):
                await socket.send(f"{number}")
            assert [await socket.recv() for _ in range(200)] == [str(n) for n in range(200)]
            # The other side alone.
            await socket.send("count")
            assert [await socket.recv() for _ in range(200)] == [str(n) for n in range(200)]
            # The API ends it, with a code of its own.
            await socket.send("end")
            try:
                await socket.recv()
                raise AssertionError("it goes on")
            except websockets.ConnectionClosed as closed:
                assert (closed.rcvd.code, closed.rcvd.reason) == (3007, "as you wish"), closed
    # The client ends it, and the API confirms that with the same code.
    async with to(url, token) as socket:
        await socket.recv()
        await socket.close(4001, "enough")
        assert (socket.close_code, socket.close_reason) == (4001, "enough"), socket.close_code
        assert socket.protocol.close_rcvd.code == 4001
    # Eight at once.
    async def one(number):
        async with to(url, token) as socket:
            await socket.recv()
            for _ in range(50):
                await socket.send(str(number))
                assert await socket.recv() == str(number)

    await asyncio.gather(*(one(number) for number in range(8)))


async def status(url, token):
    try:
        async with to(url, token):
            print(101)
    except websockets.InvalidStatus as refused:
        print(refused.response.status_code)


async def stay(url, token):
    async with to(url, token) as socket:
        await socket.recv()
        print("here", flush=True)
        try:
            while True:
                await socket.send("still here")
                await socket.recv()
                await asyncio.sleep(0.05)
        except websockets.ConnectionClosed as closed:
            print("cut off", closed.rcvd.code if closed.rcvd else None)


role, *words = sys.argv[1:]
if role == "serve":
    asyncio.run(api())
else:
    asyncio.run({"talk": talk, "status": status, "stay": stay}[role](*words))
