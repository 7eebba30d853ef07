"""Names as others see them: of rooms, files, people from elsewhere."""


def visible(name: str) -> str:
    """The name without signs that are not seen, such as those that turn the direction of writing or have no width:
    two names that look alike would be different ones, and `cod.exe` could be read as `exe.doc`. Blanks become spaces.
    """
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in name).strip()
