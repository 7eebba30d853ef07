"""What each path of the Matrix door does: decode, call one service, encode."""
