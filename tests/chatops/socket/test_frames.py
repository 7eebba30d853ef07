"""What is too large is so by its bytes, whatever its letters."""

import pytest

from chatops.socket.frames import MAX_FRAME_BYTES, is_too_large


@pytest.mark.parametrize(("letter", "size"), [("a", 1), ("é", 2), ("汛", 3), ("😀", 4)])
def test_a_frame_is_measured_in_bytes(letter, size):
    most = MAX_FRAME_BYTES // size
    assert not is_too_large(letter * most)
    assert is_too_large(letter * (most + 1))
    assert is_too_large((letter * (most + 1)).encode())
