import { BpmnModdle } from 'bpmn-moddle';
import { describe, expect, it } from 'vitest';

import { decisionOf, type Factory, type Moddle, readRules, serviceOf, valuesOf, writeRules, writeService } from '@/features/approvals/modeller/extension';
import descriptor from '@/features/approvals/modeller/tongzhou-moddle.json';
import { translate, ZH } from '@/features/approvals/modeller/words';

const HEAD = '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tz="http://tongzhou.org/schema/bpmn/1.0" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://tongzhou.org/processes">';
const XML = `<?xml version="1.0" encoding="UTF-8"?>
${HEAD}<bpmn:process id="p" isExecutable="true">
  <bpmn:userTask id="sign" name="会签"><bpmn:extensionElements>
    <tz:assignee kind="relation" relation="unit_head" of="field:co_units"/><tz:assignee kind="role" role="office" unit="gov"/>
    <tz:kind value="approve"/><tz:sign mode="percentage" order="sequential" percent="60" veto="true"/>
    <tz:opinion required="true"/><tz:reading required="true"/><tz:returns to="draft review"/>
  </bpmn:extensionElements></bpmn:userTask>
  <bpmn:serviceTask id="no"><bpmn:extensionElements><tz:service name="number"/></bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:businessRuleTask id="level"><bpmn:extensionElements><spiffworkflow:calledDecisionId>leave_level</spiffworkflow:calledDecisionId></bpmn:extensionElements></bpmn:businessRuleTask>
</bpmn:process></bpmn:definitions>`;

interface Model extends Factory {
  fromXML: (xml: string) => Promise<{ rootElement: Moddle; elementsById: Record<string, Moddle> }>;
  toXML: (root: Moddle, options: object) => Promise<{ xml: string }>;
}
const model = (): Model => new (BpmnModdle as unknown as new (packages: object) => Model)({ tz: descriptor });

describe('the extension of a user task', () => {
  it('is read with the names of the platform', async () => {
    const { elementsById: at } = await model().fromXML(XML);
    const rules = readRules(at['sign'] as Moddle);
    expect(rules).toMatchObject({ kind: 'approve', mode: 'percentage', order: 'sequential', percent: 60, veto: true, opinion: 'true', reading: true, returns: ['draft', 'review'] });
    expect(rules.assignees.map((one) => [one.kind, one.relation, one.of, one.role, one.unit])).toEqual([['relation', 'unit_head', 'field:co_units', '', ''], ['role', '', 'starter', 'office', 'gov']]);
    expect(serviceOf(at['no'] as Moddle)).toBe('number');
    expect(decisionOf(at['level'] as Moddle)).toBe('leave_level');
  });

  it('comes back as it was read', async () => {
    const moddle = model();
    const { rootElement, elementsById: at } = await moddle.fromXML(XML);
    const task = at['sign'] as Moddle;
    const before = readRules(task);
    (task.get('extensionElements') as Moddle).set('values', writeRules(moddle, task, before));
    const { xml } = await moddle.toXML(rootElement, { format: true });
    expect(xml).toContain('<tz:sign mode="percentage" order="sequential" percent="60" veto="true" />');
    expect(xml).toContain('<spiffworkflow:calledDecisionId>leave_level</spiffworkflow:calledDecisionId>');
    const again = (await model().fromXML(xml)).elementsById['sign'] as Moddle;
    expect(readRules(again)).toEqual(before);
  });

  it('keeps what other tools wrote, and writes no usual value', async () => {
    const moddle = model();
    const { elementsById: at } = await moddle.fromXML(XML.replace('<tz:kind', '<camunda:x xmlns:camunda="http://camunda.org/schema/1.0/bpmn" a="1"/><tz:kind'));
    const task = at['sign'] as Moddle;
    const values = writeRules(moddle, task, { ...readRules(task), mode: 'one', opinion: 'on_refusal', reading: false, returns: [] });
    expect(values.map((one) => one.$type)).toEqual(['camunda:x', 'tz:Assignee', 'tz:Assignee']);
    expect(writeService(moddle, at['no'] as Moddle, '')).toEqual([]);
    expect(valuesOf(at['no'] as Moddle)).toHaveLength(1);
  });
});

describe('the words of the editor', () => {
  it('are Chinese, with what they speak of filled in', () => {
    expect(translate('Append task')).toBe('接任务');
    expect(translate('Open {element}', { element: '子流程' })).toBe('打开子流程');
    expect(translate('no such words')).toBe('no such words');
    expect(Object.values(ZH).every((words) => words !== '')).toBe(true);
  });
});
