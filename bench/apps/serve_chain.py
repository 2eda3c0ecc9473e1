"""Puts the mock's address into a chain of ../chains and becomes the server that serves it: serve_chain.py CHAIN MOCK SERVER..."""

import os
import pathlib
import sys
import tempfile

chain, mock, *server = sys.argv[1:]
text = pathlib.Path(chain).read_text().replace("{mock}", mock)
path = pathlib.Path(tempfile.mkdtemp(prefix="chain-")) / pathlib.Path(chain).name
path.write_text(text)
hosts = [mock.removeprefix("http://"), "127.0.0.1:1"]
allowed = [f"--langchain-secret=OPENAI_API_KEY={host}" for host in hosts]
os.execv(server[0], [*server, *allowed, str(path)])
