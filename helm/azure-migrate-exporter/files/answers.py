"""Run by `helm test`: does the exporter answer at this URL, and is its configuration the one that was written?"""

import socket
import ssl
import sys
import urllib.request
from urllib.parse import urlsplit

URL = urlsplit(sys.argv[1])

if "--only-the-port" in sys.argv:
    socket.create_connection((URL.hostname, URL.port), timeout=10).close()
    sys.exit()

# The certificate names what people call the exporter, which is not the name of the Service.
unverified = ssl._create_unverified_context()
with urllib.request.urlopen(f"{URL.geturl()}/metrics", timeout=10, context=unverified) as response:
    lines = response.read().decode().splitlines()
loaded = [line for line in lines if line.startswith("azure_migrate_config_last_reload_successful ")]
print(*loaded)
sys.exit(not loaded or loaded[0].split()[1] != "1")
