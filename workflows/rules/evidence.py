"""What may be evidence: pictures, video, documents; links of the web. Pure."""

from urllib.parse import urlsplit

MOST_FILES = 20
MAX_URL = 500
FAMILIES = ("image/", "video/")
DOCUMENTS = frozenset(
    {
        "application/pdf",
        "application/ofd",
        "application/vnd.ofd",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-works",
        "application/wps-office.doc",
        "application/wps-office.xls",
        "application/x-ole-storage",
        "text/plain",
        "text/csv",
    }
)
OFFICE = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/kswps",
    "application/kset",
)
NEVER = frozenset({"image/svg+xml"})  # it can carry a script


def is_allowed(mime: str) -> bool:
    """By the type that the file's first bytes show."""
    return mime not in NEVER and (mime in DOCUMENTS or mime.startswith((*FAMILIES, *OFFICE)))


def is_link(url: str) -> bool:
    if len(url) > MAX_URL or any(one.isspace() or ord(one) < 32 for one in url):  # noqa: PLR2004 - control signs
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
