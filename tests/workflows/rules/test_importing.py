import codecs
import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.rules.importing import (
    MAX_BYTES,
    MAX_ROWS,
    UnreadableFile,
    check_cell,
    doubles,
    due_phrase,
    name_key,
    parse,
    unit_names,
)

SAMPLE = (Path(__file__).parents[3] / "demo" / "data" / "xianning_projects.csv").read_bytes()
HEADER = "序号,类别,项目名称,投资（万元）,牵头单位\n"


def test_the_sample_list():
    parsed = parse(SAMPLE)
    assert len(parsed.rows) == 19
    assert parsed.total == 36847
    assert len({row.lead_department for row in parsed.rows}) == 13
    assert not [problem for row in parsed.rows for problem in row.problems]
    assert (parsed.rows[11].line, parsed.rows[11].seq) == (13, 12)
    assert parsed.rows[11].name == "“雪亮工程”既重点污染源视频监控项目"
    by_category = {row.category: Decimal(0) for row in parsed.rows}
    for row in parsed.rows:
        by_category[row.category] += row.budget_wan or 0
    assert by_category == {"数字化使能": 11700, "数字化治理": 24127, "数字化能力": 1020}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_encoding_and_separator_reads_alike(encoding, delimiter, line_end):
    text = SAMPLE.decode().replace(",", delimiter).replace("\n", line_end)
    parsed = parse(text.encode(encoding))
    assert parsed.rows == parse(SAMPLE).rows
    assert parsed.encoding == ("utf-8" if encoding == "utf-8-sig" else encoding)


@pytest.mark.parametrize(
    "header",
    [
        "seq,category,name,budget_wan,lead_department",
        "序号,类别,项目名称,投资（万元）,牵头单位",
        "序 号,项目类别,名称,总投资(万元),责任单位",
        "编号,分类,事项名称,预算【万元】,牵头部门",
        "\ufeff序号,类别,项目名称,计划投资万元,主管单位",
    ],
)
def test_headers_that_departments_use(header):
    parsed = parse(f"{header}\n1,数字化治理,智慧病房,200,市中心医院\n".encode())
    (row,) = parsed.rows
    assert (row.seq, row.category, row.name) == (1, "数字化治理", "智慧病房")
    assert row.budget_wan == 200
    assert (row.lead_department, row.problems) == ("市中心医院", ())


def test_title_lines_blank_lines_and_a_total_line():
    title = "附件1,,,,\n咸宁市数字政府项目清单,,,,\n"
    text = title + HEADER + '\n１,甲,智慧病房,"１,200.5",市中心医院\n,,,,\n合计,,,1200.5,\n'
    parsed = parse(text.encode())
    (row,) = parsed.rows
    assert (row.line, row.seq, row.budget_wan) == (5, 1, Decimal("1200.5"))
    assert parsed.stated_total == parsed.total == Decimal("1200.5")


def test_units_of_money():
    yi = parse("项目名称,牵头单位,投资（亿元）\n甲,市民政局,1.2\n".encode())
    yuan = parse("项目名称,牵头单位,投资（元）\n甲,市民政局,5000000\n".encode())
    mixed = parse("项目名称,牵头单位,投资\n甲,市民政局,1.2亿元\n乙,市民政局,300\n".encode())
    assert [one.total for one in (yi, yuan, mixed)] == [12000, 500, 12300]
    assert mixed.notes == ("投资列未注明单位，按万元计。",)
    assert not yi.notes


def test_a_quoted_line_end_keeps_the_line_numbers_right():
    parsed = parse(f'{HEADER}1,甲,"智慧\n病房",200,市中心医院\n2,甲,乙,x,市民政局\n'.encode())
    assert [row.line for row in parsed.rows] == [2, 4]
    assert parsed.rows[0].problems[0].column == "name"
    assert "换行" in parsed.rows[0].problems[0].message


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("一,甲,乙,200,市民政局", "seq", "序号“一”不是整数，请写阿拉伯数字，如12。"),
        ("1,甲,,200,市民政局", "name", "“项目名称”为空，请填写。"),
        ("1,甲,乙,200,", "lead_department", "“牵头单位”为空，请填写。"),
        ("1,甲,乙,约两百,市民政局", "budget_wan", "投资“约两百”不是数字，请只写数字，如1200。"),
        ("1,甲,乙,-5,市民政局", "budget_wan", "投资“-5”为负数，请核对。"),
        ("1,甲,乙,999999999,市民政局", "budget_wan", "投资“999999999”超过一万亿元，请核对单位是否为万元。"),
        (f"1,甲,{'长' * 201},5,市民政局", "name", "“项目名称”有201字，请压缩到200字以内。"),
        ("1,甲,乙\u0007,5,市民政局", "name", "“项目名称”含有换行或不可见字符，请删除后重填。"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column_and_the_row_stays(line, column, message):
    (row,) = parse((HEADER + line + "\n").encode()).rows
    assert row.line == 2
    assert [(problem.column, problem.message) for problem in row.problems] == [(column, message)]


def test_doubles_are_marked_on_the_later_row():
    text = HEADER + "1,甲,智慧病房,1,市民政局\n1,甲,乙,1,市民政局\n3,甲,“智慧病房”,1,市民政局\n"
    rows = parse(text.encode()).rows
    found = doubles((row.line, row.seq, row.name) for row in rows)
    assert {line: [problem.message for problem in problems] for line, problems in found.items()} == {
        3: ["序号1与第2行重复，请改为不同的序号。"],
        4: ["项目名称与第2行重复，请合并或改名。"],
    }


def test_a_cell_put_right_is_read_as_in_the_file():
    assert check_cell("budget_wan", "1,200") == (Decimal(1200), None)
    assert check_cell("seq", "１２") == (12, None)
    assert check_cell("name", " 智慧病房 ") == ("智慧病房", None)
    _value, problem = check_cell("name", "")
    assert problem is not None
    assert problem.message == "“项目名称”为空，请填写。"


@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        (b"", "empty", "文件是空的"),
        (b" \n\r\n", "empty", "文件是空的"),
        (b"\xff\xfe\x00\xd8", "not_text", "UTF-8或GB18030"),
        (b"\x80\xff\xfe\xff", "not_text", "UTF-8或GB18030"),
        (b"PK\x03\x04....", "not_csv", "另存为CSV"),
        (HEADER.encode(), "no_rows", "没有项目行"),
        ("张三,李四\n1,2\n".encode(), "no_header", "没有找到表头"),
        ("序号,项目名称,投资（万元）\n1,甲,2\n".encode(), "missing_column", "缺少“牵头单位”列"),
        ("序号,牵头单位\n1,市民政局\n".encode(), "missing_column", "缺少“项目名称”列"),
        ("名称,项目名称,牵头单位\n1,2,3\n".encode(), "double_column", "有两列都是“项目名称”"),
        (b"a" * (MAX_BYTES + 1), "too_large", "2MB"),
        ((HEADER + "1,甲,乙,1,市民政局\n" * (MAX_ROWS + 1)).encode(), "too_many_rows", "5000行"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_a_file_that_cannot_be_taken_says_what_to_do(data, code, part):
    with pytest.raises(UnreadableFile) as refused:
        parse(data)
    assert refused.value.code == code
    assert part in refused.value.sentence
    assert refused.value.sentence.endswith("。")


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=30)


@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_no_row_with_a_character_in_it_is_ever_dropped(rows, encoding):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["项目名称", "牵头单位"])
    writer.writerows(rows)
    wanted = [
        (name.strip(), lead.strip())
        for name, lead in rows
        if (name.strip() or lead.strip())
        and not (name.strip() in {"合计", "总计", "小计"} and not lead.strip())
    ]
    if not wanted:
        return
    found = [(row.name, row.lead_department) for row in parse(buffer.getvalue().encode(encoding)).rows]
    assert found == wanted


def rows_or_sentence(data: bytes) -> bool:
    try:
        return all(
            row.line > 1 and "".join(row.cells.values()).encode() is not None for row in parse(data).rows
        )
    except UnreadableFile as refused:
        return refused.sentence.endswith("。")


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_sentence(data):
    assert rows_or_sentence(data)


@given(st.binary(max_size=120))
def test_any_bytes_under_a_header_are_rows_or_a_sentence(data):
    assert rows_or_sentence(codecs.BOM_UTF8 + HEADER.encode() + data)


def test_name_key_forgets_marks_only():
    assert name_key("“一部手机游咸宁” 平台建设") == name_key('"一部手机游咸宁"平台建设')
    assert name_key("５Ｇ＋智慧交通") == name_key("5g+智慧交通")
    assert name_key("智慧病房") != name_key("智慧病床")


@pytest.mark.parametrize(
    ("cell", "phrase"),
    [
        ("", ""),
        (" 12月5日前 ", "12月5日前"),
        ("2026/12/5 0:00", "2026/12/5"),
        ("2026-12-05 00:00:00", "2026-12-05"),
        ("２０２６１２０５", "2026-12-05"),
        ("2026年12月", "2026年12月底"),
        ("2026.6", "2026年6月底"),
        ("12月", "12月底"),
        ("长期坚持", "长期坚持"),
    ],
)
def test_a_date_of_a_table_is_said_as_people_say_it(cell, phrase):
    assert due_phrase(cell) == phrase


def test_units_of_a_cell_are_parted_by_any_usual_mark():
    assert unit_names("市水利局、市住建局，\n市财政局;市水利局") == ("市水利局", "市住建局", "市财政局")


def test_columns_that_are_not_taken_are_named():
    parsed = parse("项目名称,牵头单位,责任人,备注\n甲,市水利局,李四,尽快\n".encode())
    assert "以下列不写入事项：责任人、备注。" in parsed.notes


def test_a_supporting_unit_may_stand_on_each_line():
    parsed = parse('项目名称,牵头单位,配合单位\n甲,市水利局,"市住建局\n市财政局"\n'.encode())
    assert parsed.rows[0].supporting == ("市住建局", "市财政局")
    assert parsed.rows[0].problems == ()
