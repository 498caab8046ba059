"""gRPC with the package `grpcio`, on both sides. Messages are bytes: no description is needed.

    calls.py serve             an API: prints its address, and ends when its input does
    calls.py call ADDRESS TOKEN   a client that does everything there is, and fails where it goes wrong
    calls.py status ADDRESS TOKEN  a client that prints the code of one call
"""

import sys
import time
from concurrent import futures

import grpc

LARGE = 3 * 1024 * 1024


def told(context):
    return {name: value for name, value in context.invocation_metadata()}


def say(message, context):
    if message == b"fail":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: ä")
    if message == b"sleep":
        time.sleep(0.2)
        while context.is_active() and context.time_remaining() > 0:
            time.sleep(0.05)
    if message == b"deadline":
        return str(context.time_remaining()).encode()
    seen = told(context)
    assert "authorization" not in seen, seen
    context.set_trailing_metadata([("told", seen.get("of-the-client", "")), ("raw-bin", b"\x00\xff")])
    return message


def count(message, context):
    for number in range(int(message)):
        yield str(number).encode()


def add(messages, context):
    return str(sum(int(message) for message in messages)).encode()


def talk(messages, context):
    for message in messages:
        yield message[::-1]


class Handlers(grpc.GenericRpcHandler):
    def service(self, call):
        return {
            "/echo.Echo/Say": grpc.unary_unary_rpc_method_handler(say),
            "/echo.Echo/Count": grpc.unary_stream_rpc_method_handler(count),
            "/echo.Echo/Add": grpc.stream_unary_rpc_method_handler(add),
            "/echo.Echo/Talk": grpc.stream_stream_rpc_method_handler(talk),
        }.get(call.method)


SIZES = [("grpc.max_receive_message_length", 16 * LARGE), ("grpc.enable_http_proxy", 0)]


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(16), options=SIZES)
    server.add_generic_rpc_handlers([Handlers()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(None)


def call(address, token):
    metadata = [("authorization", f"Bearer {token}"), ("of-the-client", "word")]
    with grpc.insecure_channel(address, options=SIZES) as channel:
        one = channel.unary_unary("/echo.Echo/Say")
        answer, about = one.with_call(b"hello", metadata=metadata, timeout=10)
        trailers = dict(about.trailing_metadata())
        assert answer == b"hello" and about.code() == grpc.StatusCode.OK
        assert trailers["told"] == "word" and trailers["raw-bin"] == b"\x00\xff", trailers
        assert one(b"", metadata=metadata, timeout=10) == b""
        assert one(b"x" * LARGE, metadata=metadata, timeout=30) == b"x" * LARGE
        left = float(one(b"deadline", metadata=metadata, timeout=7))
        assert 5 < left < 7.5, left
        # Codes and messages come through.
        fails(grpc.StatusCode.FAILED_PRECONDITION, "not now: ä", one, b"fail", metadata, 10)
        unknown = channel.unary_unary("/echo.Echo/Nothing")
        fails(grpc.StatusCode.UNIMPLEMENTED, "", unknown, b"", metadata, 10)
        began = time.monotonic()
        fails(grpc.StatusCode.DEADLINE_EXCEEDED, "", one, b"sleep", metadata, 0.5)
        assert time.monotonic() - began < 3
        # One side says much, the other side, both.
        many = channel.unary_stream("/echo.Echo/Count")(b"500", metadata=metadata, timeout=10)
        assert [int(message) for message in many] == list(range(500))
        numbers = (str(number).encode() for number in range(500))
        add = channel.stream_unary("/echo.Echo/Add")
        assert add(numbers, metadata=metadata, timeout=10) == str(sum(range(500))).encode()
        both(channel, metadata)
        # The client has heard enough.
        many = channel.unary_stream("/echo.Echo/Count")(b"1000000", metadata=metadata, timeout=10)
        next(many)
        many.cancel()
        # Many at once on one connection.
        calls = [one.future(str(n).encode(), metadata=metadata, timeout=10) for n in range(64)]
        assert [call.result() for call in calls] == [str(n).encode() for n in range(64)]


def both(channel, metadata):
    """Each message waits for the answer to the one before."""
    import queue

    say = queue.Queue()
    talk = channel.stream_stream("/echo.Echo/Talk")
    heard = talk(iter(say.get, None), metadata=metadata, timeout=10)
    for number in range(50):
        say.put(f"message {number}".encode())
        assert next(heard) == f"message {number}".encode()[::-1]
    say.put(None)
    assert list(heard) == []


def fails(code, details, method, message, metadata, timeout):
    try:
        method(message, metadata=metadata, timeout=timeout)
    except grpc.RpcError as error:
        assert error.code() == code, error
        assert details in error.details(), error
    else:
        raise AssertionError(f"{code} did not come")


def status(address, token):
    metadata = [("authorization", f"Bearer {token}")] if token else []
    with grpc.insecure_channel(address, options=SIZES) as channel:
        try:
            channel.unary_unary("/echo.Echo/Say")(b"hello", metadata=metadata, timeout=10)
            print("OK")
        except grpc.RpcError as error:
            print(error.code().name)


role, *words = sys.argv[1:]
{"serve": serve, "call": call, "status": status}[role](*words)
