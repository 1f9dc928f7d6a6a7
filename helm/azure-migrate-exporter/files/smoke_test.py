# noqa: INP001 - a script, not a module
"""Run by `helm test`: check that the exporter answers at this URL and has loaded its configuration."""

import http.client
import socket
import ssl
import sys
from urllib.parse import urlsplit

url = urlsplit(sys.argv[1])
host, port = url.hostname or "", url.port or 0

if "--port-only" in sys.argv:
    socket.create_connection((host, port), timeout=10).close()
    sys.exit()

connection = http.client.HTTPConnection(host, port, timeout=10)
if url.scheme == "https":
    # The certificate is not for the name of the Service.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=10, context=context)
connection.request("GET", "/metrics")
lines = connection.getresponse().read().decode().splitlines()
loaded = [line for line in lines if line.startswith("azure_migrate_config_last_reload_successful ")]
sys.stdout.write("\n".join(loaded) + "\n")
sys.exit(not loaded or float(loaded[0].split()[1]) != 1)
