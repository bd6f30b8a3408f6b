"""An MCP server of the standard library alone, which the gateway runs for each user: its one tool calls an API."""

import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = ((message.get("params") or {}).get("arguments") or {}).get("number", 0)
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{os.environ['ORDERS_API_URL']}/orders/{number}", timeout=10) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        result = {"content": [{"type": "text", "text": f"the API says {status}"}], "isError": False}
        body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": result}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
