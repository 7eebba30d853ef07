"""The shipped folders hold together: every drawn thing has its place on the diagram, every name is known."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from workflows.rules.document_numbers import is_code

FOLDERS = sorted(
    one.parent for one in (Path(__file__).parents[3] / "workflows/processes").glob("*/process.bpmn")
)
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dd": "http://www.omg.org/spec/DD/20100524/DI",
    "tz": "http://tongzhou.org/schema/bpmn/1.0",
}
SHIPPED = {
    "leave", "purchase", "seal", "data_request", "memo", "outgoing", "incoming", "meeting", "livelihood", "clue",
}  # fmt: skip


def read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def test_all_are_here():
    assert {one.name for one in FOLDERS} == SHIPPED


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_every_element_is_on_the_diagram(folder):
    root = etree.parse(folder / "process.bpmn").getroot()
    (process,) = root.findall("bpmn:process", NS)
    assert process.get("id") == folder.name
    flows = {one.get("id") for one in process.findall("bpmn:sequenceFlow", NS)}
    nodes = {one.get("id") for one in process if one.get("id")} - flows
    shapes = {one.get("bpmnElement") for one in root.iterfind(".//di:BPMNShape", NS)}
    edges = {
        one.get("bpmnElement"): len(one.findall("dd:waypoint", NS))
        for one in root.iterfind(".//di:BPMNEdge", NS)
    }
    assert shapes == nodes
    assert edges.keys() == flows
    assert all(points >= 2 for points in edges.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_form_rights_clocks_and_card_name_what_there_is(folder):
    root = etree.parse(folder / "process.bpmn").getroot()
    users = {one.get("id") for one in root.iterfind(".//bpmn:userTask", NS)}
    form = read(folder, "form.json")
    Draft202012Validator.check_schema(form["schema"])
    fields = set(form["schema"]["properties"])
    drawn = {
        control["scope"].removeprefix("#/properties/")
        for group in form["ui"]["elements"]
        for control in group["elements"]
    }
    assert drawn == fields
    assert set(form["rights"]) == {"start", *users}
    for rights in form["rights"].values():
        assert set(rights) <= fields
    assert set(form["calculated"]) <= fields
    for node, needed in form["needed"].items():
        assert all(form["rights"][node][field] == "write" for field in needed)
    assert set(read(folder, "clocks.json")) <= users
    card = read(folder, "card.json")
    assert {*card["fields"], card["detail"]} <= fields
    for named in root.iterfind(".//tz:assignee", NS):
        of, field = named.get("of", "starter"), named.get("field")
        assert of in {"starter", "previous"} or of.removeprefix("field:") in fields
        assert field is None or field in fields


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_fixtures_walk_the_drawing(folder):
    root = etree.parse(folder / "process.bpmn").getroot()
    users = {one.get("id") for one in root.iterfind(".//bpmn:userTask", NS)}
    fields = read(folder, "form.json")["schema"]["properties"]
    for case in read(folder, "fixture.json")["cases"]:
        assert set(case["data"]) <= set(fields)
        for step in case["steps"]:
            assert step["node"] in {"start", *users}
            assert set(step.get("data", {})) <= set(fields)
        code = case["data"].get("organ_code")
        assert code is None or is_code(code)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda one: one.name)
def test_its_page_names_every_step_and_every_case(folder):
    page = (Path(__file__).parents[3] / f"docs/processes/{folder.name}.md").read_text()
    root = etree.parse(folder / "process.bpmn").getroot()
    for step in root.iterfind(".//bpmn:userTask", NS):
        assert f"| {step.get('name')} `{step.get('id')}` |" in page
    for case in read(folder, "fixture.json")["cases"]:
        assert f"- {case['name']}\n" in page
    for service in root.iterfind(".//bpmn:serviceTask", NS):
        assert service.get("name") in page
    assert f"]({folder.name}.md)" in (Path(__file__).parents[3] / "docs/processes/README.md").read_text()
