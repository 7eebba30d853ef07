"""Why a source could not be used: a code for programs, a sentence for the operator."""

from common.errors import DomainError


class SourceError(DomainError):
    """A pull that failed. `sample` is the beginning of the offending payload, where there was one;
    `payload` is the whole of it where it is worth keeping for replay.

    Codes: unreachable, timed_out, refused, too_large, not_json, wrong_shape, private_target, bad_config.
    """

    code = "source_failed"
    status = 502

    def __init__(self, reason: str, message: str, *, sample: str = "") -> None:
        super().__init__(message=message, reason=reason)
        self.reason = reason
        self.sample = sample
        self.payload = b""
