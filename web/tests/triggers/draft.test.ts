import { expect, it } from 'vitest';

import type { Trigger } from '@/features/triggers/api';
import { blankTrigger, bodyOf, draftOf } from '@/features/triggers/draft';

const TRIGGER: Trigger = {
  id: '1', name: '转指令', unit_id: '2', unit_name: '应急局', watches: 'alert', makes: 'order', connector_id: null, is_enabled: true, author: '甲', approved_by: '', approved_at: null, changed_at: '2026-07-17T00:00:00Z', abilities: ['change'],
  condition: { least: 'red', kinds: ['threshold'], codes: ['1', '2'], places: ['淦河'], metrics: ['stage'] },
  content: { title: '{对象}处置', text: '请巡查', urgency: 'top', scope: { units: ['u'] }, sign_minutes: 20, report_minutes: null, is_drill: false, rungs: [{ step: 'text', minutes: 3 }], organ_code: '1' },
};

it('comes back with what the form does not show', () => {
  const body = bodyOf(draftOf(TRIGGER), TRIGGER);
  expect(body.condition).toEqual(TRIGGER.condition);
  expect(body.content).toMatchObject({ ...TRIGGER.content, scope: { units: ['u'], everyone: false } });
});

it('becomes a task without the parts of an order', () => {
  const body = bodyOf({ ...draftOf(TRIGGER), makes: 'item', unit: { id: 'u', name: '' }, days: '3' }, TRIGGER);
  expect(body.content).toEqual({ title: '{对象}处置', lead_unit: 'u', days: 3, category: '' });
});

it('begins with words to be filled in', () => {
  expect(blankTrigger('{对象}处置', '{原因}')).toMatchObject({ title: '{对象}处置', text: '{原因}', least: 'orange' });
});
