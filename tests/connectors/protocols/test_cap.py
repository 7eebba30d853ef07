"""CAP 1.2: alert, update and cancel of a Chinese publisher, feeds, and XML that means harm."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.protocols.cap import CapError, read_alert, read_links

FIRST = "42120041600000_20240702080000_1"
SECOND = "42120041600000_20240702093000_1"


def alert(
    identifier: str = FIRST, kind: str = "Alert", references: str = "", severity: str = "Yellow", **changes
) -> bytes:
    said = {"sent": "2024-07-02T08:00:00+08:00", "extra": "", "head": ""} | changes
    about = f"<references>{references}</references>" if references else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{said["head"]}
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{identifier}</identifier><sender>42120041600000</sender><sent>{said["sent"]}</sent>
  <status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>{about}
  <info><language>en-US</language><event>Rainstorm</event><severity>Moderate</severity></info>
  <info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>
    <severity>{severity}</severity><certainty>Likely</certainty>
    <eventCode><valueName>BeijingCode</valueName><value>11B03</value></eventCode>
    <expires>2024-07-02T14:00:00+08:00</expires><senderName>咸宁市气象台</senderName>
    <headline>咸宁市气象台发布暴雨黄色预警信号</headline><description>预计未来6小时{said["extra"]}降雨量将达50毫米以上。</description>
    <web>javascript:alert(1)</web>
    <area><areaDesc>咸安区</areaDesc><geocode><valueName>GB</valueName><value>421202</value></geocode></area>
  </info>
</alert>""".encode()


def test_an_alert_is_read_from_its_chinese_part():
    said = read_alert(alert())
    assert (said.identifier, said.kind, said.references) == (FIRST, "Alert", ())
    assert said.sent == datetime(2024, 7, 2, 0, 0, tzinfo=UTC)
    assert (said.event, said.event_code, said.level) == ("暴雨", "11B03", "yellow")
    assert said.publisher == "咸宁市气象台"
    assert [(area.name, area.code) for area in said.areas] == [("咸安区", "421202")]
    assert said.expires == datetime(2024, 7, 2, 6, 0, tzinfo=UTC)
    assert said.link == "", "only http addresses are links"


@pytest.mark.parametrize("kind", ["Update", "Cancel"])
def test_an_update_and_a_cancel_name_what_they_replace(kind):
    references = f"42120041600000,{FIRST},2024-07-02T08:00:00+08:00"
    said = read_alert(alert(SECOND, kind, references))
    assert (said.kind, said.references) == (kind, (FIRST,))
    with pytest.raises(CapError) as refused:
        read_alert(alert(SECOND, kind))
    assert refused.value.field == "references"


@pytest.mark.parametrize(
    ("word", "level"),
    [("Extreme", "red"), ("Severe", "orange"), ("Moderate", "yellow"), ("Minor", "blue"), ("红色", "red"),
     ("Orange", "orange"), ("蓝", "blue"), ("Unknown", "")],
)  # fmt: skip
def test_severity_as_a_word_of_cap_or_a_colour(word, level):
    assert read_alert(alert(severity=word)).level == level


@pytest.mark.parametrize(
    ("head", "extra"),
    [
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>', "&y;"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">', ""),
    ],
)
def test_entities_and_document_types_are_refused(head, extra):
    with pytest.raises(CapError) as refused:
        read_alert(alert(head=head, extra=extra))
    assert refused.value.reason == "doctype"


def test_times_need_a_zone():
    with pytest.raises(CapError) as refused:
        read_alert(alert(sent="2024-07-02T08:00:00"))
    assert (refused.value.reason, refused.value.field) == ("time", "sent")


def test_feeds_list_addresses_and_an_alert_lists_none():
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/html/1"/>
      <link type="application/cap+xml" href="cap/1.xml"/></entry><entry><link href="file:///etc/passwd"/></entry>
      <entry><link href="cap/1.xml"/></entry></feed>"""
    rss = b"<rss><channel><item><link>https://alerts.example.cn/2.xml</link></item><item/></channel></rss>"
    assert read_links(atom, "https://alerts.example.cn/feed") == [
        "https://alerts.example.cn/cap/1.xml",
    ]
    assert read_links(rss, "https://alerts.example.cn/feed") == ["https://alerts.example.cn/2.xml"]
    assert read_links(alert(), "https://alerts.example.cn/feed") is None


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_input_raises_anything_else(raw):
    for read in (read_alert, lambda data: read_links(data, "https://a.cn/")):
        try:
            read(raw)
        except CapError:
            continue


@given(st.integers(0, 3000), st.integers(1, 255))
def test_a_damaged_alert_is_read_or_refused(place, flip):
    raw = bytearray(alert())
    raw[place % len(raw)] ^= flip
    try:
        read_alert(bytes(raw))
    except CapError:
        return
