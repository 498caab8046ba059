# A TLS endpoint of yesterday before an API that serves in clear. OpenSSL does the TLS.
# It listens until its standard input ends, and says on which port.
import os
import socket
import ssl
import sys
import threading

chain, key, listen_at, behind, old_versions, weak_suites = sys.argv[1:]


def address(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
# Security level 0: OpenSSL would refuse what is shown here.
modern = "ECDHE+AESGCM:ECDHE+CHACHA20"
old = modern + ":ECDHE+AES" if old_versions == "yes" else modern
context.set_ciphers(("ALL:eNULL" if weak_suites == "yes" else old) + ":@SECLEVEL=0")
oldest = ssl.TLSVersion.TLSv1 if old_versions == "yes" else ssl.TLSVersion.TLSv1_2
context.minimum_version = oldest
context.load_cert_chain(chain, key)


def pour(source, target):
    try:
        while part := source.recv(65536):
            target.sendall(part)
    except OSError:
        pass
    # The other direction may still have something to say.
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(caller):
    try:
        caller.settimeout(10)
        with context.wrap_socket(caller, server_side=True) as inside:
            inside.settimeout(None)
            with socket.create_connection(address(behind)) as api:
                asking = threading.Thread(target=pour, args=(inside, api), daemon=True)
                asking.start()
                pour(api, inside)
    except OSError:
        # A caller who does not agree on TLS is let go: that is the answer it gets.
        caller.close()


def listen(listener):
    while True:
        caller, _ = listener.accept()
        threading.Thread(target=serve, args=(caller,), daemon=True).start()


listener = socket.create_server(address(listen_at))
threading.Thread(target=listen, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
os._exit(0)
