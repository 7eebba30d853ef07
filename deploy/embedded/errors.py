"""What stops a start, said in one line: Chinese first, English beside it."""

import errno
from pathlib import Path


class StartError(Exception):
    """A start that cannot go on. `str()` is one line that says what happened and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")


def explain(err: OSError, path: Path) -> StartError:
    """The sentence for an operating-system error at `path`."""
    where = err.filename or path
    if err.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return disk_full(path)
    if err.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return not_writable(Path(str(where)))
    return StartError(f"无法使用 {where}：{err.strerror}。", f"{where} cannot be used: {err.strerror}.")


def disk_full(path: Path) -> StartError:
    return StartError(
        f"磁盘已满：{path} 所在磁盘没有可用空间，请清理后重试。",
        f"The disk that holds {path} is full; free some space and start again.",
    )


def not_writable(path: Path) -> StartError:
    return StartError(
        f"无法写入 {path}：目录为只读或属于其他用户，请更正权限，或用 TZ_VAR_DIR 指定可写目录。",
        f"{path} cannot be written (read-only, or of another user); correct it or set TZ_VAR_DIR.",
    )


def explain_output(output: str, path: Path) -> StartError | None:
    """The sentence for what a server printed before it gave up; None when the output tells nothing known."""
    if "No space left on device" in output or "File too large" in output or "Disk quota exceeded" in output:
        return disk_full(path)
    if "Read-only file system" in output or "Permission denied" in output:
        return not_writable(path)
    if "Address already in use" in output:
        return StartError(
            "端口刚被其他程序占用，请重新启动。",
            "Another program has just taken the port; start again.",
        )
    return None
