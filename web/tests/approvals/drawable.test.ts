import { BpmnModdle } from 'bpmn-moddle';
import { describe, expect, it } from 'vitest';

import { drawable, encodingOf, textOf } from '@/features/approvals/modeller/drawable';
import { type Moddle, readRules } from '@/features/approvals/modeller/extension';
import descriptor from '@/features/approvals/modeller/tongzhou-moddle.json';

const BARE = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tz="http://tongzhou.org/schema/bpmn/1.0" id="d" targetNamespace="t">
<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
<userTask id="a" name="审核"><extensionElements><tz:assignee kind="role" role="head"/><tz:sign mode="percentage" percent="60"/></extensionElements></userTask>
<sequenceFlow id="f2" sourceRef="a" targetRef="e"/><endEvent id="e"/></process></definitions>`;

interface Model {
  fromXML: (xml: string) => Promise<{ rootElement: Moddle; elementsById: Record<string, Moddle>; warnings: unknown[] }>;
}

function utf16(text: string, little: boolean, mark: boolean): Uint8Array {
  const bytes = new Uint8Array((text.length + (mark ? 1 : 0)) * 2);
  const view = new DataView(bytes.buffer);
  [...(mark ? '\ufeff' : ''), ...text].forEach((sign, index) => view.setUint16(index * 2, sign.charCodeAt(0), little));
  return bytes;
}

describe('a drawing of another tool', () => {
  it('is laid out where it has no picture, and says the same as before', async () => {
    const drawn = await drawable(BARE);
    const { elementsById: at, warnings } = await (new (BpmnModdle as unknown as new (packages: object) => Model)({ tz: descriptor })).fromXML(drawn);
    expect(warnings).toEqual([]);
    expect([...drawn.matchAll(/BPMNShape [^>]*bpmnElement="(\w+)"/g)].map((one) => one[1]).sort()).toEqual(['a', 'e', 's']);
    expect(drawn).toMatch(/BPMNEdge/);
    expect(readRules(at['a'] as Moddle)).toMatchObject({ mode: 'percentage', percent: 60, assignees: [{ kind: 'role', role: 'head' }] });
    expect(await drawable(drawn)).toBe(drawn);
  });

  it.each([
    ['utf-8', new TextEncoder().encode(BARE)],
    ['utf-8 with a mark', new TextEncoder().encode(`\ufeff${BARE}`)],
    ['utf-16, its small end first', utf16(BARE, true, true)],
    ['utf-16, its big end first', utf16(BARE, false, true)],
    ['utf-16 without a mark', utf16(BARE, true, false)],
  ])('is read in %s', async (_name, bytes) => {
    expect(await textOf(new Blob([bytes as BlobPart]))).toBe(BARE);
  });

  it('is read in the encoding that it declares', () => {
    const said = (words: string): string => encodingOf(new TextEncoder().encode(`<?xml version="1.0" ${words}?><a/>`));
    expect(said('encoding="GB18030"')).toBe('gb18030');
    expect(said("encoding='no-such'")).toBe('utf-8');
    expect(said('')).toBe('utf-8');
  });
});
