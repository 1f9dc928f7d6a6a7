"""The exporter of this working copy in Wine: `python -m tests.windows explain 181008`. Keeps its Windows in `.lab/`.

Arguments that start with a drive are Windows paths; a Linux path is the same below `Z:`.
"""

import sys

from tests.lab.tools import CACHE, ROOT
from tests.windows.wine import install_python, python_command, windows

with windows(CACHE / f"windows-{ROOT.name}") as machine:
    done = machine.run(*python_command(install_python(machine, ROOT / "exporter"), sys.argv[1:]))
sys.stdout.write(done.stdout)
sys.stderr.write(done.stderr)
sys.exit(done.returncode)
