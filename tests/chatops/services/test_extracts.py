"""What the limited child process finds in files: marks, sizes, pages; and that it survives what it is given."""

import io
import zipfile

import pytest
from PIL import Image

from chatops.services import extracts
from chatops.services.extracts import examined, rendered_page
from tests.support import files

MARK = "机密★3年"
PLAIN = "防汛工作方案"
ODT = '<o:body xmlns:o="o" xmlns:text="t"><text:p>{}</text:p></o:body>'


def look(tmp_path, body, mime="application/octet-stream"):
    path = tmp_path / "file"
    path.write_bytes(body)
    with examined(path, mime) as found:
        return found.mark, found.is_read, dict(found.facts)


def pixel(image: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    value = image.getpixel(place)
    assert isinstance(value, tuple)
    return value


def gbk_zip(name):
    """As Chinese Windows packs: GBK names without the flag that says UTF-8."""
    raw = files.zipped({"a" * len(name.encode("gb18030")): b"x"})
    return raw.replace(b"a" * len(name.encode("gb18030")), name.encode("gb18030"))


@pytest.mark.parametrize(
    ("make", "read"),
    [
        (lambda text: files.docx(PLAIN, text), True),
        (lambda text: files.docx(PLAIN, text, split=True), True),
        (lambda text: files.xlsx("序号", text), True),
        (files.pptx, True),
        (files.pdf, True),
        (lambda text: f"{PLAIN}\n{text}".encode(), True),
        (lambda text: f"{PLAIN},{text}\r\n".encode("gb18030"), True),
        (lambda text: f"{PLAIN}\n{text}".encode("utf-16"), True),
        (lambda text: files.zipped({f"资料/{text}.txt": "x"}), True),
        (lambda text: files.zipped({"内.docx": files.docx(text)}), True),
        (lambda text: files.zipped({"content.xml": ODT.format(text)}), True),
        (lambda text: gbk_zip(f"{text}.doc"), True),
        (lambda text: files.ole(f"{PLAIN} {text}"), False),
    ],
    ids=[
        "docx", "docx runs", "xlsx", "pptx", "pdf", "utf-8", "gb18030", "utf-16", "zip name", "in zip",
        "odt", "gbk zip", "doc",
    ],
)  # fmt: skip
def test_a_mark_is_found_and_plain_text_passes(tmp_path, make, read):
    assert look(tmp_path, make(MARK))[:2] == ("机密", read)
    assert look(tmp_path, make(PLAIN))[:2] == (None, read)


def test_label_and_value_in_two_cells(tmp_path):
    assert look(tmp_path, files.xlsx("密级", "机密", "份号"))[0] == "机密"
    assert look(tmp_path, files.xlsx("密级", "公开"))[0] is None


def locked_zip():
    raw = bytearray(files.zipped({"a.txt": "x" * 50}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    "body",
    [
        b"PK\x03\x04 broken",
        b"%PDF-1.7 broken",
        files.docx(PLAIN)[:-30],
        b"\x00\x01\x02" * 500,
        locked_zip(),
        files.zipped({"a.zip": files.zipped({"b.zip": files.zipped({"c.txt": "x"})})}),
        files.zipped(
            {"[Content_Types].xml": "<T/>", "word/document.xml": '<!DOCTYPE d [<!ENTITY e "x">]><d>&e;</d>'}
        ),
        files.picture(),
    ],
    ids=["zip", "pdf", "cut docx", "binary", "locked", "deep", "entity", "picture"],
)
def test_what_cannot_be_read_is_unread_and_no_error(tmp_path, body):
    assert look(tmp_path, body)[:2] == (None, False)


def test_a_bomb_ends_within_its_limits(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<T/>")
        archive.writestr("word/document.xml", b"<w>" + b"<t>xxxxxxxx</t>" * 1_500_000 + b"</w>")
    assert look(tmp_path, out.getvalue())[:2] == (None, False)
    vast = Image.new("1", (13_000, 13_000))
    png = io.BytesIO()
    vast.save(png, "PNG")
    mark, read, facts = look(tmp_path, png.getvalue(), "image/png")
    assert (mark, read) == (None, False)
    assert "thumbs" not in facts


def test_a_child_that_hangs_or_dies_leaves_the_file_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(extracts, "WITHIN_S", 0.01)
    assert look(tmp_path, files.docx(MARK)) == (None, False, {})


def test_a_photo_is_turned_upright_and_forgets_where_it_was_taken(tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(files.photo(2000, 1000, turned=6))
    with Image.open(path) as taken:
        assert taken.getexif().get_ifd(0x8825)
    with examined(path, "image/jpeg") as found:
        assert (found.facts["w"], found.facts["h"]) == (1000, 2000)
        name, width, height = found.facts["thumbs"]["480"]
        with Image.open(found.folder / name) as small:
            assert small.size == (width, height) == (240, 480)
            assert not dict(small.getexif())
            top, bottom = pixel(small, (120, 20)), pixel(small, (120, 460))
    assert top[0] > 150 > top[2]  # red was on the left; upright it is on top
    assert bottom[2] > 150 > bottom[0]


def test_a_clear_picture_stays_clear(tmp_path):
    made = Image.new("RGBA", (600, 300), (0, 0, 0, 0))
    out = io.BytesIO()
    made.save(out, "PNG")
    path = tmp_path / "clear"
    path.write_bytes(out.getvalue())
    with examined(path, "image/png") as found:
        name = found.facts["thumbs"]["480"][0]
        with Image.open(found.folder / name) as small:
            assert pixel(small, (5, 5))[3] == 0


def test_pages_of_a_pdf(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(files.pdf("approved", pages=3))
    with examined(path, "application/pdf") as found:
        assert found.facts["pages"] == 3
        assert found.facts["thumbs"]["480"][2] == 480
    with rendered_page(path, 2) as page:
        assert page is not None
        with Image.open(page) as drawn:
            assert drawn.width == 1240
    with rendered_page(path, 3) as page:
        assert page is None
    assert [left.name for left in tmp_path.iterdir()] == ["file"]
