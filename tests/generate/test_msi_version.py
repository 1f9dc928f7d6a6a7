"""Windows Installer compares three numbers: they have the order of the versions that they stand for."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from generate.msi.version import product_version

versions = st.builds(
    "{}.{}.{}{}".format,
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 65),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), st.integers(0, 9))),
)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.1.0", "0.1.150"),
        ("1.2.3", "1.2.3150"),
        ("0.2.0a1", "0.2.101"),
        ("0.2.0b2", "0.2.112"),
        ("2.0rc3", "2.0.123"),
    ],
)
def test_the_third_number_carries_the_pre_release(version: str, expected: str) -> None:
    assert product_version(version) == expected


@given(st.lists(versions, min_size=2, max_size=2))
def test_an_upgrade_is_an_upgrade(pair: list[str]) -> None:
    numbers = [tuple(map(int, product_version(version).split("."))) for version in pair]
    for (left, right), (a, b) in zip(itertools.pairwise(pair), itertools.pairwise(numbers), strict=True):
        assert (Version(left) < Version(right)) == (a < b)
        assert (Version(left) == Version(right)) == (a == b)


@given(versions)
def test_windows_installer_has_room_for_it(version: str) -> None:
    major, minor, build = map(int, product_version(version).split("."))
    assert (major <= 255, minor <= 255, build <= 65535) == (True, True, True)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.2.0.dev1", "0.2.0.dev1: an MSI is made of a final version, or of one with a, b or rc"),
        ("0.2.0.post1", "0.2.0.post1: an MSI is made of a final version, or of one with a, b or rc"),
        ("1.2.3.4", "1.2.3.4: an MSI is made of a final version, or of one with a, b or rc"),
        ("0.2.0+local", "0.2.0+local: an MSI is made of a final version, or of one with a, b or rc"),
        ("256.0.0", "256.0.0: Windows Installer has no room for numbers as large as these"),
        ("0.2.0rc10", "0.2.0rc10: Windows Installer has no room for numbers as large as these"),
        ("latest", "latest is no version as Python's packages have them"),
    ],
)
def test_a_version_without_a_place_in_the_order_is_refused(version: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        product_version(version)
    assert str(caught.value) == message
