import type { Item } from '@/features/items/api';

const unit = (id: string) => ({ id, name: `市${id}局`, short_name: `${id}局` });

/** An item as the server answers it, with what a test wants different. */
export function item(number: number, over: Partial<Item> = {}): Item {
  return {
    id: `i${number}`, number, title: `事项${number}`, category: '', budget_wan: null,
    taskforce: { id: 'f', name: '专班', room_id: '!r' }, ledger: null, home: { kind: 'taskforce', id: 'f', name: '专班', room_id: '!r' },
    kind: 'project', formal_number: null, parent_id: null, weight: 1, details: {}, evidence_required: false, supervised: false, supervisor_unit: null, supervisor: null,
    origin: null, recurring: false, report_every_days: null, suspended_on: null, suspended_days: 0, followed: false, due_provisional: false, overridden: false, override_ends_on: null,
    computed_because: '绿：按计划推进', computed_colour: 'green', lead_unit: unit('甲'), supporting_units: [], handler: null,
    starts_on: '2026-06-01', due_on: '2026-08-31', first_due_on: '2026-08-31', state: 'in_progress', state_words: '办理中',
    percent: 50, planned_percent: 50, colour: 'green', reason_code: 'on_plan', because: '绿：按计划推进', chip: '正常', colour_since: '2026-06-01T00:00:00Z',
    milestones: [], next_milestone: null, last_report: null, open_extension: null, dispatched_at: null, signed_at: null,
    closed_at: null, version: 1, abilities: {}, ...over,
  };
}

export const node = (name: string, due_on: string, done_on: string | null = null) => ({
  name, due_on, first_due_on: due_on, percent: 0, done_on,
});
export { unit };
