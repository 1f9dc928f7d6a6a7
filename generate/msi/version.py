"""The version of a package as Windows Installer compares it: three numbers, of which a pre-release needs a part."""

from packaging.version import InvalidVersion, Version

_LEVELS = {"a": 100, "b": 110, "rc": 120}
_FINAL = 150
_LARGEST = (255, 255, 65)


def product_version(version: str) -> str:
    """`0.2.0rc1` → `0.2.121`, `0.2.0` → `0.2.150`: the third number is 1000 * micro + level, as in CPython's packages.

    Raises ValueError for a version that has no place in that order.
    """
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise ValueError(f"{version} is no version as Python's packages have them") from None
    name, serial = parsed.pre or ("", 0)
    if parsed.dev is not None or parsed.post is not None or parsed.local or parsed.epoch or len(parsed.release) > 3:
        raise ValueError(f"{version}: an MSI is made of a final version, or of one with a, b or rc")
    if serial > 9 or any(part > most for part, most in zip(parsed.release, _LARGEST, strict=False)):
        raise ValueError(f"{version}: Windows Installer has no room for numbers as large as these")
    level = _LEVELS[name] + serial if name else _FINAL
    return f"{parsed.major}.{parsed.minor}.{1000 * parsed.micro + level}"
