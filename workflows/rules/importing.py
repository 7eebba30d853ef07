"""Project lists as departments send them: bytes in, rows with problems out. Nothing is dropped silently.

UTF-8 with or without BOM, GB18030 (and so GBK and GB2312) and UTF-16 with BOM are read; commas, tabs and
semicolons separate; title lines above the header and a total line below are recognised. `line` is always the
line of the file as an editor shows it, from 1.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
HEADER_SEARCH_LINES = 10
LENGTHS = {"name": 200, "category": 50, "lead_department": 100, "supporting": 300, "due_on": 60}
MAX_BUDGET_WAN = Decimal(100_000_000)

COLUMN_WORDS = {
    "seq": "序号",
    "category": "类别",
    "name": "项目名称",
    "budget_wan": "投资（万元）",
    "lead_department": "牵头单位",
    "supporting": "配合单位",
    "due_on": "完成时限",
}
REQUIRED = ("name", "lead_department")
_ALIASES = {
    "seq": ("seq", "no", "序号", "编号", "项目序号"),
    "category": ("category", "类别", "分类", "项目类别", "类型", "项目类型"),
    "name": ("name", "项目名称", "项目", "名称", "事项", "事项名称", "任务名称"),
    "budget_wan": (
        "budget_wan",
        "投资",
        "投资额",
        "总投资",
        "计划投资",
        "预算",
        "项目投资",
        "投资金额",
        "资金",
    ),
    "lead_department": (
        "lead_department",
        "牵头单位",
        "牵头部门",
        "责任单位",
        "责任部门",
        "牵头责任单位",
        "主管单位",
        "单位",
    ),
    "supporting": (
        "supporting",
        "配合单位",
        "配合部门",
        "协办单位",
        "会办单位",
        "协同单位",
        "参与单位",
        "配合责任单位",
    ),
    "due_on": (
        "due_on",
        "完成时限",
        "时限",
        "办结时限",
        "完成时间",
        "完成日期",
        "计划完成时间",
        "计划完成日期",
        "截止日期",
        "截止时间",
        "办结时间",
        "到期日",
    ),
}
_COLUMN_OF = {alias: column for column, aliases in _ALIASES.items() for alias in aliases}
_TOTAL_WORDS = frozenset({"合计", "总计", "总和", "小计", "共计"})


class UnreadableFile(ValueError):  # noqa: N818 - says what it is
    """The file as a whole cannot be taken. `code` for programs, `sentence` for the person, `column` if one is
    at fault.
    """

    def __init__(self, code: str, sentence: str, column: str | None = None) -> None:
        self.code, self.sentence, self.column = code, sentence, column
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Problem:
    """`column` is one of COLUMN_WORDS; `message` says what is wrong and what to write instead."""

    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` keeps what the file said, by column; the other fields are read from it where that was
    possible. `due` is a phrase for rules.due_phrases, "" where the row has no date of its own.
    """

    line: int
    cells: dict[str, str]
    seq: int | None
    category: str
    name: str
    budget_wan: Decimal | None
    lead_department: str
    supporting: tuple[str, ...]
    due: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """`stated_total` is the figure of the file's own total line, if it has one."""

    encoding: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    stated_total: Decimal | None
    notes: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum((row.budget_wan for row in self.rows if row.budget_wan is not None), Decimal(0))


def parse(data: bytes) -> Parsed:
    """Read a list.

    Raises:
        UnreadableFile: empty, too large, not text, no header, a required column missing, or no rows.
    """
    text, encoding = decode(data)
    lines = list(_cells(text))
    header_at, columns, factor, notes = _header(lines)
    rows: list[Row] = []
    stated_total = None
    for number, cells in lines[header_at + 1 :]:
        named = {column: cells[i].strip() if i < len(cells) else "" for i, column in columns.items()}
        if not any(cell.strip() for cell in cells):
            continue
        if _is_total(named, cells):
            stated_total = _total_of(named, factor)
            continue
        if len(rows) >= MAX_ROWS:
            raise UnreadableFile("too_many_rows", f"清单超过{MAX_ROWS}行，请拆分为几个文件后分别上传。")
        rows.append(_row(number, named, factor))
    if not rows:
        raise UnreadableFile("no_rows", "文件只有表头，没有项目行。请填写项目后重新上传。")
    return Parsed(encoding, tuple(columns.values()), tuple(rows), stated_total, tuple(notes))


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding. UTF-8 is tried first, as GB18030 accepts most UTF-8 as other
    characters.
    """
    if not data.strip():
        raise UnreadableFile("empty", "文件是空的，请选择填好的项目清单。")
    if len(data) > MAX_BYTES:
        raise UnreadableFile(
            "too_large", f"文件超过{MAX_BYTES // 1024 // 1024}MB，请只保留项目清单后重新上传。"
        )
    if data[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        raise UnreadableFile("not_csv", "这是表格文件，不是CSV。请在WPS或Excel中另存为CSV格式后重新上传。")
    utf16 = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, "utf-8" if encoding == "utf-8-sig" else encoding
    raise UnreadableFile("not_text", "无法识别文件编码。请另存为UTF-8或GB18030编码的CSV后重新上传。")


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins. A quoted field may hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        sentence = f"第{before + 1}行无法读取，多半是引号不成对。请检查后重新上传。"
        raise UnreadableFile("broken_line", sentence) from error


def _delimiter(text: str) -> str:
    """The separator under which a header is found; a comma if none is."""
    top = text.splitlines()[:HEADER_SEARCH_LINES]
    best = max(",\t;，", key=lambda mark: max((_known(line.split(mark)) for line in top), default=0))
    return best if any(_known(line.split(best)) for line in top) else ","


def _known(cells: Sequence[str]) -> int:
    return len({found[0] for cell in cells if (found := _column(cell))})


def _column(cell: str) -> tuple[str, Decimal | None] | None:
    """Column and, for money, how many 万元 one unit is (None where the header does not say)."""
    text = unicodedata.normalize("NFKC", cell).strip(" \"'\ufeff").lower()
    text = re.sub(r"\s+", "", text)
    unit = re.search(r"亿元|万元|元", text)
    bare = re.sub(r"[((\[【].*?[))\]】]", "", text)
    column = _COLUMN_OF.get(bare) or _COLUMN_OF.get(re.sub(r"亿元|万元|元$", "", bare))
    if column is None:
        return None
    factors = {"亿元": Decimal(10000), "万元": Decimal(1), "元": Decimal("0.0001")}
    factor = factors[unit.group()] if unit else Decimal(1) if bare == "budget_wan" else None
    return column, factor


def _header(lines: list[tuple[int, list[str]]]) -> tuple[int, dict[int, str], Decimal, list[str]]:
    top = lines[:HEADER_SEARCH_LINES]
    at = max(range(len(top)), key=lambda i: (_known(top[i][1]), -i), default=None)
    if at is None or not _known(top[at][1]):
        wanted = "、".join(COLUMN_WORDS.values())
        raise UnreadableFile("no_header", f"没有找到表头。请在第一行写明列名（{wanted}）后重新上传。")
    columns: dict[int, str] = {}
    factor, notes, left_out = Decimal(1), [], []
    for i, cell in enumerate(top[at][1]):
        if not (found := _column(cell)):
            left_out += [cell.strip()] if cell.strip() else []
            continue
        column, unit = found
        if column in columns.values():
            sentence = f"有两列都是“{COLUMN_WORDS[column]}”。请只保留一列后重新上传。"
            raise UnreadableFile("double_column", sentence, column)
        columns[i] = column
        if column == "budget_wan":
            factor = unit if unit is not None else Decimal(1)
            if unit is None:
                notes.append("投资列未注明单位，按万元计。")
    for column in REQUIRED:
        if column not in columns.values():
            names = "、".join(_ALIASES[column][:3])
            sentence = f"文件缺少“{COLUMN_WORDS[column]}”列。请补上这一列（可用列名：{names}）后重新上传。"
            raise UnreadableFile("missing_column", sentence, column)
    if left_out:
        notes.append(f"以下列不写入事项：{'、'.join(name[:20] for name in left_out[:10])}。")
    return at, columns, factor, notes


def _is_total(named: dict[str, str], cells: list[str]) -> bool:
    words = {re.sub(r"[\s:：]", "", cell) for cell in cells}
    return bool(words & _TOTAL_WORDS) and not named.get("lead_department")


def _total_of(named: dict[str, str], factor: Decimal) -> Decimal | None:
    value, _problem = _money(named.get("budget_wan", ""), factor)
    return value


def _row(line: int, named: dict[str, str], factor: Decimal) -> Row:
    problems: list[Problem] = []
    seq, bad_seq = _seq(named.get("seq", ""))
    budget, bad_budget = _money(named.get("budget_wan", ""), factor)
    problems += [one for one in (bad_seq, bad_budget) if one]
    problems += [found for column in LENGTHS if (found := _text_problem(column, named.get(column, "")))]
    name, lead = named.get("name", ""), named.get("lead_department", "")
    return Row(
        line=line,
        cells=named,
        seq=seq,
        category=named.get("category", ""),
        name=name,
        budget_wan=budget,
        lead_department=lead,
        supporting=unit_names(named.get("supporting", "")),
        due=due_phrase(named.get("due_on", "")),
        problems=tuple(problems),
    )


def unit_names(cell: str) -> tuple[str, ...]:
    """The units that a cell names, each once: "市水利局、市住建局" or one on each line."""
    return tuple(dict.fromkeys(name for name in re.split(r"[、，,;；/\s]+", cell.strip()) if name))


def due_phrase(cell: str) -> str:
    """A cell's date as one would say it. Tables add a midnight, write 20261205, and mean a month's end by a month."""
    text = unicodedata.normalize("NFKC", cell).strip()
    text = re.sub(r"[ T]0?0:00(:00)?$", "", text)
    if found := re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", text):
        return "-".join(found.groups())
    if found := re.fullmatch(r"(20\d\d)[-/.年](\d{1,2})月?", text):
        return f"{found[1]}年{found[2]}月底"
    if found := re.fullmatch(r"(\d{1,2})月", text):
        return f"{found[1]}月底"
    return text


def _text_problem(column: str, value: str) -> Problem | None:
    words, longest = COLUMN_WORDS[column], LENGTHS[column]
    if column == "supporting":  # one unit a line is usual there
        value = " ".join(value.split())
    if column in REQUIRED and not value:
        return Problem(column, f"“{words}”为空，请填写。")
    if len(value) > longest:
        return Problem(column, f"“{words}”有{len(value)}字，请压缩到{longest}字以内。")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Cn"} for char in value):
        return Problem(column, f"“{words}”含有换行或不可见字符，请删除后重填。")
    return None


def _seq(cell: str) -> tuple[int | None, Problem | None]:
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text:
        return None, None
    if re.fullmatch(r"[0-9]{1,6}(\.0+)?", text):
        return int(text.split(".")[0]), None
    return None, Problem("seq", f"序号“{cell[:20]}”不是整数，请写阿拉伯数字，如12。")


def _money(cell: str, factor: Decimal) -> tuple[Decimal | None, Problem | None]:
    """万元 with at most two decimals. Thousands separators and full-width digits are read."""
    text = unicodedata.normalize("NFKC", cell).strip().replace(",", "").replace(" ", "")
    if text in {"", "-", "—", "/"}:
        return None, None
    if unit := re.search(r"(亿元?|万元?|元)$", text):
        factor = {"亿": Decimal(10000), "万": Decimal(1), "元": Decimal("0.0001")}[unit.group()[0]]
        text = text[: unit.start()]
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text):
        return None, Problem("budget_wan", f"投资“{cell[:20]}”不是数字，请只写数字，如1200。")
    value = (Decimal(text) * factor).quantize(Decimal("0.01"))
    if value < 0:
        return None, Problem("budget_wan", f"投资“{cell[:20]}”为负数，请核对。")
    if value > MAX_BUDGET_WAN:
        return None, Problem("budget_wan", f"投资“{cell[:20]}”超过一万亿元，请核对单位是否为万元。")
    return value, None


def doubles(rows: Iterable[tuple[int, int | None, str]]) -> dict[int, list[Problem]]:
    """Problems of the later of two rows with one number or one name. Rows are (line, seq, name) in file
    order.
    """
    seqs: dict[int, int] = {}
    names: dict[str, int] = {}
    found: dict[int, list[Problem]] = {}
    for line, seq, name in rows:
        if seq is not None and seqs.setdefault(seq, line) != line:
            message = f"序号{seq}与第{seqs[seq]}行重复，请改为不同的序号。"
            found.setdefault(line, []).append(Problem("seq", message))
        key = name_key(name)
        if key and names.setdefault(key, line) != line:
            message = f"项目名称与第{names[key]}行重复，请合并或改名。"
            found.setdefault(line, []).append(Problem("name", message))
    return found


def check_cell(column: str, text: str) -> tuple[int | str | Decimal | None, Problem | None]:
    """Read one cell that a person has put right: its value, or what is still wrong with it. Money is in
    万元.
    """
    text = text.strip()
    if column == "seq":
        return _seq(text)
    if column == "budget_wan":
        return _money(text, Decimal(1))
    return text, _text_problem(column, text)


def name_key(name: str) -> str:
    """A name without width, case, spaces, quotes and other marks: what two editions of a list agree on."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum() or char == "+")
