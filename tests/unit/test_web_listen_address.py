import pytest

from azure_migrate_exporter.web.listen_address import ListenAddress, ListenError, parse_listen_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":9878", ListenAddress(None, 9878)),
        ("0.0.0.0:9878", ListenAddress("0.0.0.0", 9878)),
        ("localhost:0", ListenAddress("localhost", 0)),
        ("[::1]:9878", ListenAddress("::1", 9878)),
        ("[fe80::1%eth0]:65535", ListenAddress("fe80::1%eth0", 65535)),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, address: ListenAddress) -> None:
    assert parse_listen_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "9878", ":", ":http", ":65536", "::1:9878", "http://:9878", "a b:1", "[::1]", "x:-1"]
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ListenError) as caught:
        parse_listen_address(text)
    assert str(caught.value) == (f'{text!r} is not a listen address: write ":9878", "127.0.0.1:9878" or "[::1]:9878"')
