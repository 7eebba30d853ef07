"""The approvals of the demo's past: begun and decided by the real services, by whoever had the task."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from common import ids
from demo.city.cast import Cast
from demo.city.days import Days
from demo.city.tables import rows
from directory.actors import Actor
from workflows.approvals import cases, deeds, shipped, talk
from workflows.approvals.deeds import Said
from workflows.services import document_numbers
from workflows.store.models import Case, CaseTask

CODES = (("xn-zfb.office", "咸政办发", "市政府办公室文件"), ("xn-zfb.office", "咸政会", "市政府会议纪要"))
DEEDS = {"agree": deeds.check_agree, "refuse": deeds.check_refuse, "answer_dissent": talk.check_answer}
SIGNED = ("xn-mzj", "xn-wjw", "xn-slj", "xn-jtj")


@dataclass
class Cases:
    """`rooms`: the demo's rooms by key; filled by the script as it goes."""

    cast: Cast
    days: Days
    rooms: dict[str, str]
    begun: dict[str, UUID] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """Moments and deeds, in the order of the files."""
        yield self.days.moment("20", "08:30"), self._prepare
        for row in rows("cases"):
            yield self.days.moment(row["workdays_ago"], row["time"]), partial(self._begin, row)
        for row in rows("case_steps"):
            yield self.days.moment(row["workdays_ago"], row["time"]), partial(self._step, row)
        yield self.days.moment("3", "11:30"), self._sign_for

    def _prepare(self) -> None:
        shipped.publish_all()
        for post, code, title in CODES:
            document_numbers.check_add_code(actor=self.cast.actor(post), code=code, title=title)

    def _begin(self, row: dict[str, str]) -> None:
        made = cases.begin(
            actor=self.cast.actor(row["starter"]),
            process=row["process"],
            data=self._filled(json.loads(row["data"])),
            room_id=self.rooms[row["room"]] if row["room"] else "",
        )
        self.begun[row["key"]] = made.id

    def _filled(self, value: Any) -> Any:
        """With units, people and days in the place of @unit:, @person: and @day:."""
        match value:
            case dict():
                return {key: self._filled(one) for key, one in value.items()}
            case list():
                return [self._filled(one) for one in value]
            case str() if value.startswith("@unit:"):
                return str(self.cast.unit(value.removeprefix("@unit:")).pk)
            case str() if value.startswith("@person:"):
                return ids.user_id(self.cast.actor(value.removeprefix("@person:")).staff_number)
            case str() if value.startswith("@day:"):
                return self._day(int(value.removeprefix("@day:"))).isoformat()
            case _:
                return value

    def _day(self, count: int) -> date:
        return self.days.ahead(count)

    def _step(self, row: dict[str, str]) -> None:
        """By the first who has the task of this node; they open the case before."""
        data = self._filled(json.loads(row["data"])) if row["data"] else {}
        self._decide(self.begun[row["case"]], row["node"], row["deed"], row["opinion"], data)

    def _decide(self, case_id: UUID, node: str, deed: str, opinion: str, data: dict[str, Any]) -> None:
        kind = {"kind": "answer"} if deed == "answer_dissent" else {"node": node}
        task = CaseTask.objects.filter(case_id=case_id, state__in=("open", "opened"), **kind).first()
        if task is None:
            raise ValueError(f"case_steps.csv: nobody has {node} of {case_id}")
        actor = self._holder(task)
        cases.check_open(actor=actor, case_id=case_id)
        DEEDS[deed](actor=actor, case_id=case_id, said=Said(task=task.pk, opinion=opinion, data=data))

    def _holder(self, task: CaseTask) -> Actor:
        if task.post is None:
            raise ValueError(f"{task.node} is held by nobody's post")
        return self.cast.actor(task.post.code)

    def _sign_for(self) -> None:
        """Some units have signed for the document, one has sent it back, one has not looked yet."""
        received = Case.objects.filter(source_id=self.begun["issued"]).select_related("starter_unit")
        for case in received.order_by("starter_unit__rank"):
            code = case.starter_unit.code if case.starter_unit else ""
            if code in SIGNED:
                self._decide(case.pk, "sign_for", "agree", "", {})
            elif code == "xn-czj":
                self._decide(case.pk, "sign_for", "refuse", "附件缺少线路清单，请补发", {})
