"""A page in a headless Chromium, and the API that it asks.

    browsing.py serve                            an API: prints its address, then each request as JSON
    browsing.py browse AUTHORITY PAGE OTHER TOKEN
        opens the page, which trusts the authority in that file, lets it ask the API there and at another
        origin, and prints what the page got and what the browser saw of the wire
"""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[4]

PAGE = """<!doctype html><title>page</title><link rel="icon" href="data:,"><script src="/page.js"></script>"""

SCRIPT = """
const answer = async (asked) => { const got = await asked; return [got.status, await got.json()]; };
async function everything(other, token) {
  const known = { authorization: "Bearer " + token };
  const post = (body) => ({
    method: "POST", body: JSON.stringify(body),
    headers: { ...known, "content-type": "application/json" },
  });
  const said = { first: await answer(fetch("/things", { headers: known })) };
  said.again = await answer(fetch("/things", { headers: known }));
  said.cookie = document.cookie;
  const many = Array.from({ length: 20 }, () => fetch("/things", { headers: known }));
  said.many = (await Promise.all(many)).map((got) => got.status);
  said.written = await answer(fetch("/things", post({ name: "ä€𝄞" })));
  said.wrong = (await answer(fetch("/things", post({ name: 7 }))))[0];
  said.nobody = (await answer(fetch("/things")))[0];
  said.heard = await new Promise((done) => {
    const socket = new WebSocket(location.origin.replace("https", "wss") + "/live");
    const heard = [];
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { socket.send("ä€𝄞"); socket.send(new Uint8Array([1, 2, 3])); };
    socket.onmessage = ({ data }) => {
      heard.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
      if (heard.length === 2) socket.close(1000, "enough");
    };
    socket.onclose = ({ code, wasClean }) => done([...heard, code, wasClean]);
  });
  said.across = await answer(fetch(other + "/things", post({ name: "across" }))).catch(String);
  return said;
}
"""


def told(method, target, headers):
    """The status, the fields and the body of an answer."""
    plain = {"content-security-policy": "default-src 'self'; img-src data:; connect-src *"}
    if target == "/page":
        return 200, {**plain, "content-type": "text/html; charset=utf-8"}, PAGE
    if target == "/page.js":
        return 200, {**plain, "content-type": "text/javascript; charset=utf-8"}, SCRIPT
    # Whoever asks may read it: what may be asked at all is the gateway's to say.
    open_to = {"access-control-allow-origin": headers.get("origin", "*"), "vary": "origin"}
    if method == "OPTIONS":
        allowed = {"access-control-allow-methods": "POST",
                   "access-control-allow-headers": "authorization, content-type"}
        return 204, {**open_to, **allowed}, ""
    visit = {"set-cookie": "visit=7; Path=/; Secure; HttpOnly; SameSite=Strict"}
    body = json.dumps({"name": "Anna", "visit": headers.get("cookie", "")})
    return 200, {**open_to, **visit, "content-type": "application/json"}, body


async def converse(head, reader, writer):
    """Says back what it hears."""
    from websockets.frames import Opcode
    from websockets.server import ServerProtocol

    protocol = ServerProtocol()
    protocol.receive_data(head)
    [request] = protocol.events_received()
    protocol.send_response(protocol.accept(request))
    while True:
        for frame in protocol.events_received():
            if frame.opcode is Opcode.TEXT:
                protocol.send_text(frame.data)
            elif frame.opcode is Opcode.BINARY:
                protocol.send_binary(frame.data)
        for data in protocol.data_to_send():
            writer.write(data) if data else writer.write_eof()
        await writer.drain()
        if protocol.close_expected():
            return
        data = await reader.read(65536)
        protocol.receive_data(data) if data else protocol.receive_eof()


async def answer(reader, writer):
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return writer.close()
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        print(json.dumps({
            "id": headers.get("x-request-id"), "method": method, "target": target,
            "cookie": headers.get("cookie"), "body": body.decode(),
        }), flush=True)
        if target == "/live":
            await converse(head, reader, writer)
            return writer.close()
        status, fields, said = told(method, target, headers)
        said = said.encode()
        fields["content-length"] = "0" if status != 204 and not said else str(len(said))
        if status == 204:
            del fields["content-length"]
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + said)
        await writer.drain()


async def api():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"{host}:{port}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def browse(authority, page, other, token):
    sys.path.insert(0, str(ROOT / "verify/tests"))
    from browser import Browser

    with tempfile.TemporaryDirectory() as home:
        trusted = os.path.join(home, ".pki/nssdb")
        os.makedirs(trusted)
        for words in [["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "test", "-i", authority]]:
            subprocess.run(["certutil", "-d", "sql:" + trusted, *words], check=True)
        browser = Browser(names=", EXCLUDE localhost", home=home)
        try:
            browser.call("Network.enable")
            browser.call("Page.navigate", url=page)
            browser.run("new Promise(done => { const look = () => document.readyState === 'complete' && "
                        "globalThis.everything ? done() : setTimeout(look, 20); look(); })")
            said = browser.run("everything(%s, %s)" % (json.dumps(other), json.dumps(token)))
            # What was told until now came before the answer to this.
            browser.run("1")
            print(json.dumps({"said": said, "seen": list(seen(browser.told))}))
        finally:
            browser.close()


def seen(told):
    """Each answer on the wire: its address, status, version, and the id by which the gateway knows it."""
    urls = {one["params"]["requestId"]: one["params"]["url"]
            for one in told if one["method"] == "Network.webSocketCreated"}
    for one in told:
        params = one["params"]
        if one["method"] == "Network.webSocketHandshakeResponseReceived":
            answer = dict(params["response"], url=urls[params["requestId"]], protocol="http/1.1")
        elif one["method"] == "Network.responseReceived":
            answer = params["response"]
        else:
            continue
        fields = {name.lower(): value for name, value in answer["headers"].items()}
        if answer["url"].startswith(("https:", "wss:")):
            yield {"url": answer["url"], "status": answer["status"], "protocol": answer["protocol"],
                   "id": fields.get("x-request-id")}


role, *words = sys.argv[1:]
if role == "serve":
    asyncio.run(api())
else:
    browse(*words)
