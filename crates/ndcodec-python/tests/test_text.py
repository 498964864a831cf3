"""All 256 bytes in front of, inside and behind texts, beside what Python's own decoders make of them."""

import base64
import binascii

import ndcodec
import pytest

PAYLOADS = [bytes(range(99, 99 + count)) for count in (1, 2, 3, 30)]


def as_text(data):
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("payload", PAYLOADS, ids=len)
@pytest.mark.parametrize(
    ("chain", "encode", "decode"),
    [
        ("base64", base64.b64encode, lambda text: base64.b64decode(text, validate=True)),
        ("base64(alphabet=url)", base64.urlsafe_b64encode, lambda text: base64.b64decode(text, b"-_", validate=True)),
        ("hex", binascii.hexlify, binascii.unhexlify),
    ],
)
def test_every_byte_at_every_place(payload, chain, encode, decode):
    plain = encode(payload)
    for place in range(len(plain) + 1):
        for byte in range(256):
            text = plain[:place] + bytes([byte]) + plain[place:]
            try:
                expected = decode(text)
            except ValueError:
                expected = None
            # One line end behind the text is not a part of it.
            if place == len(plain) and byte == 0x0A:
                expected = payload
            try:
                found = ndcodec.decode_bytes(text, chain)
            except ndcodec.StageError as error:
                assert expected is None or not is_canonical(chain, text, expected), (text, error)
                assert error.kind in ("corrupt", "truncated", "trailing"), (text, error)
                if byte not in b"=+/-_" and not chr(byte).isalnum() and place < len(plain.rstrip(b"=")) and error.offset is not None:
                    assert error.offset <= place, (text, error)
            else:
                assert found == expected, text
                if (string := as_text(text)) is not None:
                    assert ndcodec.decode_bytes(string, chain) == found


def is_canonical(chain, text, decoded):
    """Whether the text is what an encoder writes; Python also takes other padding and bits that are left over."""
    return ndcodec.encode_bytes(decoded, chain) == text
