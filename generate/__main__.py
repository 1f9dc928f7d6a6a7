"""`python -m generate`: write every generated file."""

from pathlib import Path

from generate.files import generated

ROOT = Path(__file__).parents[1]

for name, text in generated().items():
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {name}")  # noqa: T201 - a command for a terminal
