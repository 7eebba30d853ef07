"""Flow control of one socket, without a server."""

from chatops.socket.flow import Outlet


async def gone(_message):
    """Takes the frame at once."""


def outlet(monkeypatch, at):
    monkeypatch.setattr("chatops.socket.flow.time.monotonic", lambda: at[0])
    return Outlet(gone, most_frames=4, most_bytes=1000)


def test_only_a_report_of_something_taken_counts_as_one(monkeypatch):
    now = [100.0]
    made = outlet(monkeypatch, now)
    made.put(b"one")
    made.put(b"two")
    now[0] = 130.0
    made.reported(0)  # says it again and again, and reads nothing
    assert made.unreported_since == 100.0
    made.reported(-5)
    assert made.unreported_since == 100.0
    made.reported(1)
    assert made.unreported_since == 130.0
    made.reported(99)  # more than was sent: all of it
    assert made.unreported_since is None
    assert made.sent == 2


def test_who_takes_too_little_is_told_once_and_goes_on_after_resuming(monkeypatch):
    made = outlet(monkeypatch, [100.0])
    assert [made.put(b"x") for _ in range(6)] == [True, True, True, True, False, False]
    assert (made.lagging, made.sent) == (True, 5)  # four, and the word that nothing more comes
    made.resumed(5)
    assert made.put(b"x")
    assert (made.lagging, made.sent) == (False, 6)
