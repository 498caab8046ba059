"""Lets a headless Chromium open the page of a package from disk and tells what it says."""

import json
import os
import pathlib
import subprocess
import tempfile


class Browser:
    """A Chromium that is spoken to over a pipe: no port, no network."""

    def __init__(self, program="chromium", names="", home=None):
        """It finds no host but those that `names` excepts; it trusts whom that home trusts."""
        self.profile = tempfile.TemporaryDirectory()
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()

        def hand_over():
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)

        # The numbers must be free before they are given away.
        to_read, to_write = [os.dup(os.dup(os.dup(one))) for one in (to_read, to_write)]
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--host-resolver-rules=MAP * ~NOTFOUND" + names, "--user-data-dir=" + self.profile.name,
             "about:blank"],
            preexec_fn=hand_over, pass_fds=(3, 4), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=dict(os.environ, **({"HOME": home} if home else {})))
        self.told, self.next, self.rest, self.session = [], 0, b"", None
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        self.session = self.call("Target.attachToTarget", targetId=target[0]["targetId"],
                                 flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method, **params):
        self.next += 1
        message = {"id": self.next, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                data = os.read(self.back, 1 << 20)
                if not data:
                    raise EOFError("the browser has gone")
                self.rest += data
            one, _, self.rest = self.rest.partition(b"\0")
            answer = json.loads(one)
            if "method" in answer:
                self.told.append(answer)
            if answer.get("id") == self.next:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def pick(self, place, paths):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=place)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=paths)

    def verify(self, folder, key, width=None, picture=None, before=None):
        """What the page in the folder says of the folder."""
        folder = pathlib.Path(folder).resolve()
        if width:
            self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                      deviceScaleFactor=1, mobile=width < 600)
        self.call("Page.navigate", url=(folder / "verify.html").as_uri())
        self.run("new Promise(done => { const look = () => document.readyState === 'complete' && "
                 "document.getElementById('folder') ? done() : setTimeout(look, 20); look(); })")
        if before:
            self.run(before)
        self.run("document.getElementById('key').value = %s" % json.dumps(key))
        self.pick("#folder", [str(folder)])
        said = self.run(
            "new Promise(done => { const begun = Date.now(); const look = () => {"
            " const said = document.getElementById('verdict').textContent;"
            " if (document.body.dataset.verdict) done(globalThis.judgement);"
            " else if (said.startsWith('Not judged') || Date.now() - begun > 120000)"
            " done({verdict: said, findings: []});"
            " else setTimeout(look, 20); }; look(); })")
        if picture:
            import base64
            shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
            pathlib.Path(picture).write_bytes(base64.b64decode(shot["data"]))
        return said

    def close(self):
        try:
            self.call("Browser.close")
        except (EOFError, RuntimeError, OSError):
            pass
        self.process.wait(10)
        self.profile.cleanup()


