"""promtool, which checks metrics, rules and configurations."""

import asyncio
import os

from tests.lab import tools


async def promtool(*arguments: str, stdin: str = "") -> tuple[int, str]:
    """Run promtool. Returns its exit code and its output. Raises `tools.NotInstalledError`."""
    program = await asyncio.to_thread(tools.promtool)
    process = await asyncio.create_subprocess_exec(
        *program.command,
        *arguments,
        env={**os.environ, **program.environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate(stdin.encode())
    return process.returncode or 0, output.decode()
