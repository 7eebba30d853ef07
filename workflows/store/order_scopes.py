"""Whom a scope means: one set-based statement, for counting and for the snapshot alike."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from chatops.store.models import StreamKind

# Posts that receive for their unit; a unit's principal leader by relation does so too.
ANSWERING = ("leader", "head", "office", "duty_officer")
# Whom a unit named as a whole reaches: those who answer for it, and who passes it on.
REACHED = (*ANSWERING, "deputy_head", "liaison")
DEEPEST = 32

# Parameters: Wanted.params(). `wanted` are posts with the rule that named them; a person appears once, for the post
# that answers for a unit if there is one, else for the nearest rule.
_RESOLVED = """
WITH RECURSIVE below(id, root, depth) AS (
    SELECT u.id, u.name, 0 FROM directory_unit u WHERE u.id = ANY (%(subtree)s::uuid[])
  UNION
    SELECT u.id, b.root, b.depth + 1 FROM below b JOIN directory_unit u
        ON u.block_parent_id = b.id OR u.block_parent_id IS NULL AND u.line_parent_id = b.id
    WHERE b.depth < %(deepest)s
), place(code, root, name, depth) AS (
    SELECT r.code, r.code, r.name, 0 FROM directory_region r WHERE r.code = ANY (%(all_regions)s::text[])
  UNION
    SELECT r.code, p.root, p.name, p.depth + 1 FROM place p JOIN directory_region r ON r.parent_id = p.code
    WHERE p.depth < %(deepest)s
), named_unit(unit_id, why, prio) AS (
    SELECT u.id, '按单位：' || u.name, 3 FROM directory_unit u WHERE u.id = ANY (%(units)s::uuid[])
  UNION ALL
    SELECT b.id, '按单位及所属：' || b.root, 5 FROM below b
  UNION ALL
    SELECT u.id, '按区划：' || p.name || CASE WHEN u.level = ANY (%(levels)s::text[])
            THEN '（' || (%(level_words)s::jsonb ->> u.level) || '）' ELSE '' END, 6
    FROM directory_unit u JOIN place p ON p.code = u.region_id AND p.root = ANY (%(regions)s::text[])
    WHERE cardinality(%(levels)s::text[]) = 0 OR u.level = ANY (%(levels)s::text[])
  UNION ALL
    SELECT u.id, '按层级：' || (%(level_words)s::jsonb ->> u.level), 7 FROM directory_unit u
    WHERE u.level = ANY (%(levels)s::text[]) AND cardinality(%(regions)s::text[]) = 0
), wanted(post_id, unit_id, why, prio) AS (
    SELECT p.id, p.unit_id, n.why, n.prio FROM named_unit n JOIN directory_post p ON p.unit_id = n.unit_id
    WHERE %(everyone)s OR p.role = ANY (%(reached)s::text[])
        OR EXISTS (SELECT FROM directory_unitrelation r WHERE r.unit_id = p.unit_id AND r.post_id = p.id
            AND r.kind = 'principal_leader')
  UNION ALL
    SELECT p.id, p.unit_id, '按岗位：' || p.title, 1 FROM directory_post p WHERE p.id = ANY (%(posts)s::uuid[])
  UNION ALL
    SELECT p.id, p.unit_id, '值班：' || p.title, 2 FROM directory_post p
    WHERE p.unit_id = ANY (%(duty)s::uuid[]) AND p.role = 'duty_officer'
  UNION ALL
    SELECT p.id, p.unit_id, '按岗位类别：' || x.words, 4
    FROM jsonb_to_recordset(%(roles)s::jsonb) AS x (role text, level text, region text, words text)
    JOIN directory_post p ON p.role = x.role JOIN directory_unit u ON u.id = p.unit_id
    WHERE (x.level = '' OR u.level = x.level)
        AND (x.region = '' OR u.region_id IN (SELECT code FROM place WHERE root = x.region))
), held AS (
    SELECT w.post_id, w.unit_id, w.why, w.prio, a.staff_id, a.is_primary FROM wanted w
    JOIN directory_appointment a ON a.post_id = w.post_id AND a.valid_from <= %(today)s
        AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
  UNION ALL
    SELECT a.post_id, p.unit_id, '指定人员', 0, a.staff_id, a.is_primary FROM directory_staff s
    JOIN directory_appointment a ON a.staff_id = s.id AND a.valid_from <= %(today)s
        AND (a.valid_to IS NULL OR a.valid_to > %(today)s)
    JOIN directory_post p ON p.id = a.post_id
    WHERE s.staff_number = ANY (%(people)s::text[])
), found AS (
    SELECT h.*, s.name, p.title, p.role, p.rank, p.role = ANY (%(answering)s::text[])
            OR EXISTS (SELECT FROM directory_unitrelation r WHERE r.unit_id = h.unit_id AND r.post_id = h.post_id
                AND r.kind = 'principal_leader') AS answers
    FROM held h JOIN directory_post p ON p.id = h.post_id
    JOIN directory_staff s ON s.id = h.staff_id AND s.is_active AND s.kind = 'person'
    JOIN directory_unit u ON u.id = h.unit_id AND u.valid_from <= %(today)s
        AND (u.valid_to IS NULL OR u.valid_to > %(today)s)
    WHERE h.unit_id <> ALL (%(without)s::uuid[]) AND h.staff_id <> ALL (%(but)s::bigint[])
), person AS (
    SELECT DISTINCT ON (f.staff_id) f.* FROM found f
    ORDER BY f.staff_id, f.answers DESC, f.is_primary DESC, f.prio, f.post_id
), unit AS (
    SELECT f.unit_id, bool_or(f.answers) AS expects FROM found f GROUP BY f.unit_id
)
"""

_UNITS = """
SELECT n.unit_id, u.name, u.short_name, u.organ, u.level, u.region_id, u.is_line_managed, u.rank,
    (SELECT count(*) FROM person p WHERE p.unit_id = n.unit_id)
FROM (SELECT unit_id FROM unit UNION SELECT unit_id FROM named_unit) n JOIN directory_unit u ON u.id = n.unit_id
WHERE (u.valid_to IS NULL OR u.valid_to > %(today)s) AND n.unit_id <> ALL (%(without)s::uuid[])
ORDER BY u.rank, u.code
"""

_COUNT = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM unit)"

_INSERT_PEOPLE = """
INSERT INTO workflows_orderrecipient (order_id, version, unit_id, post_id, staff_id, name, post_title, post_role, rank,
    why, answers, state, by_name, by_post, note, report, via)
SELECT %(order)s, %(version)s, unit_id, post_id, staff_id, name, title, role, rank, left(why, 200), answers, 'pending',
    '', '', '', '', ''
FROM person ORDER BY unit_id, rank, staff_id
"""

# A unit is counted in the county in which it lies, or in the prefecture (province) whose own it is.
_INSERT_UNITS = """
, up(unit_id, code, level, parent_id, depth) AS (
    SELECT u.id, r.code, r.level, r.parent_id, 0 FROM directory_unit u JOIN directory_region r ON r.code = u.region_id
    WHERE u.id IN (SELECT unit_id FROM unit)
  UNION ALL
    SELECT up.unit_id, r.code, r.level, r.parent_id, up.depth + 1 FROM up JOIN directory_region r
        ON r.code = up.parent_id WHERE up.level IN ('township', 'village') AND up.depth < %(deepest)s
)
INSERT INTO workflows_orderunit (order_id, version, unit_id, unit_name, level, region_id, place_id, expects, is_request,
    why_not_commanded, people, by_name, by_post, how, reason)
SELECT %(order)s, %(version)s, n.unit_id, u.name, u.level, u.region_id,
    coalesce((SELECT up.code FROM up WHERE up.unit_id = n.unit_id ORDER BY up.depth DESC LIMIT 1), u.region_id),
    n.expects, coalesce(x.unit IS NOT NULL, false), coalesce(x.why, ''),
    (SELECT count(*) FROM workflows_orderrecipient r
        WHERE r.order_id = %(order)s AND r.version = %(version)s AND r.unit_id = n.unit_id), '', '', '', ''
FROM unit n JOIN directory_unit u ON u.id = n.unit_id
LEFT JOIN jsonb_to_recordset(%(asked)s::jsonb) AS x (unit uuid, why text) ON x.unit = n.unit_id
"""


_TELL = """
INSERT INTO chatops_inbox (kind, staff_id, body, span)
SELECT %s, staff_id, %s::jsonb || jsonb_build_object('state', state), 0
FROM workflows_orderrecipient WHERE {where} ORDER BY id
"""


@dataclass(frozen=True)
class Wanted:
    """A checked scope. `roles`: {role, level, region, words}; `people`: staff numbers; `without`: units left out."""

    units: list[UUID]
    subtree: list[UUID]
    posts: list[UUID]
    roles: list[dict[str, str]]
    people: list[str]
    duty: list[UUID]
    levels: list[str]
    regions: list[str]
    everyone: bool
    level_words: dict[str, str]
    without: tuple[UUID, ...] = ()
    but: tuple[int, ...] = ()

    def params(self, today: date) -> dict[str, Any]:
        role_regions = [rule["region"] for rule in self.roles if rule["region"]]
        return {
            "units": self.units,
            "subtree": self.subtree,
            "posts": self.posts,
            "roles": json.dumps(self.roles),
            "people": self.people,
            "duty": self.duty,
            "levels": self.levels,
            "regions": self.regions,
            "all_regions": [*self.regions, *role_regions],
            "everyone": self.everyone,
            "level_words": json.dumps(self.level_words),
            "without": list(self.without),
            "but": list(self.but),
            "today": today,
            "deepest": DEEPEST,
            "reached": list(REACHED),
            "answering": list(ANSWERING),
        }


@dataclass(frozen=True)
class UnitRow:
    """A unit that the scope means; `people` 0 where nobody holds a post today."""

    pk: UUID
    name: str
    short_name: str
    organ: str
    level: str
    region_id: str
    line_managed: bool
    rank: int
    people: int


def units(wanted: Wanted, today: date) -> list[UnitRow]:
    """In protocol order, also those without anybody in post."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVED + _UNITS, wanted.params(today))
        return [UnitRow(*row) for row in cursor.fetchall()]


def count(wanted: Wanted, today: date) -> tuple[int, int]:
    """(people, units)."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVED + _COUNT, wanted.params(today))
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, 0)


def materialise(
    wanted: Wanted, *, order: UUID, version: int, asked: dict[UUID, str], today: date
) -> tuple[int, int]:
    """Store the snapshot; how many people and units. `asked`: units that get it as a request, and why."""
    params = wanted.params(today) | {
        "order": order,
        "version": version,
        "asked": json.dumps([{"unit": str(unit), "why": why[:200]} for unit, why in asked.items()]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVED + _INSERT_PEOPLE, params)
        people = cursor.rowcount
        cursor.execute(_RESOLVED + _INSERT_UNITS, params)
        return people, cursor.rowcount


def regions_below(region: str) -> set[str]:
    """Codes of the region and all that lie in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE below(code, depth) AS (
                SELECT code, 0 FROM directory_region WHERE code = %s
              UNION SELECT r.code, b.depth + 1 FROM below b JOIN directory_region r ON r.parent_id = b.code
                WHERE b.depth < %s) SELECT code FROM below""",
            [region, DEEPEST],
        )
        return {row[0] for row in cursor.fetchall()}


def tell(order: UUID, version: int, body: dict[str, Any]) -> None:
    """A person frame for every recipient, in one statement."""
    _tell(body, "order_id = %s AND version = %s", [order, version])


def tell_reminded(order: UUID, version: int, body: dict[str, Any], at: datetime) -> None:
    """For those who were reminded at that moment."""
    _tell(body, "order_id = %s AND version = %s AND reminded_at = %s", [order, version, at])


def _tell(body: dict[str, Any], where: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TELL.format(where=where), [int(StreamKind.PERSON), json.dumps(body), *params])
