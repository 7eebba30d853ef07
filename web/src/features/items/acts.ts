/** What may be done to an item, in which order, and what each asks for. Pure. */
import type { Item } from './api';

export type ActField = 'percent' | 'text' | 'due_on' | 'reason' | 'unit' | 'evidence';

export interface ActSpec {
  /** The server's word in `abilities`; also the i18n key below `taskforces.act.`. */
  ability: string;
  key: string;
  /** Path below /items/{id}; empty: PATCH of the lead unit; `dispatch`: of the force. */
  path: string;
  fields: ActField[];
  optional?: ActField[];
  /** Added to the body. */
  fixed?: Record<string, unknown>;
  /** The server's names of the fields where they differ. */
  names?: Partial<Record<ActField, string>>;
  place: 'primary' | 'second' | 'menu';
  /** Asked again with the item's name before it is done. */
  confirm?: boolean;
  isDanger?: boolean;
  /** Any day may be named, not only one after the due date. */
  anyDay?: boolean;
  /** The present lead unit may be named too. */
  anyUnit?: boolean;
}

/** The order is that of the buttons: what waits for a decision first. */
export const ACTS: readonly ActSpec[] = [
  { ability: 'decide_extension', key: 'agree', path: 'extension/decide', fields: [], fixed: { agree: true }, place: 'primary' },
  { ability: 'decide_extension', key: 'refuse', path: 'extension/decide', fields: ['reason'], fixed: { agree: false }, place: 'second' },
  { ability: 'recheck', key: 'passRecheck', path: 'rectification/recheck', fields: ['reason'], optional: ['reason'], fixed: { passed: true }, place: 'primary' },
  { ability: 'recheck', key: 'failRecheck', path: 'rectification/recheck', fields: ['reason'], fixed: { passed: false }, place: 'second' },
  { ability: 'check', key: 'check', path: 'check', fields: ['reason'], optional: ['reason'], place: 'primary' },
  { ability: 'close', key: 'close', path: 'close', fields: [], place: 'primary', confirm: true },
  { ability: 'reject_report', key: 'reject', path: 'return', fields: ['reason'], place: 'second' },
  { ability: 'accept', key: 'accept', path: 'accept', fields: ['reason'], optional: ['reason'], place: 'menu' },
  { ability: 'dispatch', key: 'dispatch', path: 'dispatch', fields: [], place: 'primary', confirm: true },
  { ability: 'sign_for', key: 'sign', path: 'sign-for', fields: [], place: 'primary' },
  { ability: 'rectify_plan', key: 'rectifyPlan', path: 'rectification/plan', fields: ['text', 'due_on'], names: { text: 'plan' }, anyDay: true, place: 'primary' },
  { ability: 'rectify_result', key: 'rectifyResult', path: 'rectification/result', fields: ['text'], names: { text: 'result' }, place: 'primary' },
  { ability: 'report', key: 'report', path: 'reports', fields: ['percent', 'text', 'evidence'], optional: ['text', 'evidence'], place: 'primary' },
  { ability: 'ask_extension', key: 'extend', path: 'extension', fields: ['due_on', 'reason'], place: 'second' },
  { ability: 'send_back', key: 'sendBack', path: 'return', fields: ['reason'], place: 'menu' },
  { ability: 'remind', key: 'remind', path: 'remind', fields: [], place: 'second' },
  { ability: 'transfer', key: 'transfer', path: '', fields: ['unit'], place: 'menu' },
  { ability: 'rectify', key: 'rectify', path: 'rectification', fields: ['text'], names: { text: 'order' }, place: 'menu' },
  { ability: 'add_part', key: 'addPart', path: 'parts', fields: ['unit', 'text', 'due_on'], names: { unit: 'unit_id', text: 'ask' }, anyDay: true, place: 'menu' },
  { ability: 'dispute_lead', key: 'dispute', path: 'dispute', fields: ['unit', 'reason'], names: { unit: 'claimed_unit_id' }, place: 'menu' },
  { ability: 'settle_lead', key: 'settle', path: 'dispute/settle', fields: ['unit', 'reason'], names: { unit: 'lead_unit_id' }, anyUnit: true, place: 'second' },
  { ability: 'decompose', key: 'split', path: 'children', fields: [], place: 'menu' },
  { ability: 'suspend', key: 'suspend', path: 'suspend', fields: ['reason'], place: 'menu' },
  { ability: 'resume', key: 'resume', path: 'resume', fields: ['reason'], place: 'second' },
  { ability: 'reopen', key: 'reopen', path: 'reopen', fields: ['reason', 'due_on'], optional: ['due_on'], anyDay: true, place: 'menu' },
  { ability: 'strike_off', key: 'strikeOff', path: 'strike-off', fields: ['reason'], optional: ['reason'], place: 'second' },
  { ability: 'archive', key: 'archive', path: 'archive', fields: ['reason'], optional: ['reason'], place: 'second' },
  { ability: 'cancel', key: 'cancel', path: 'cancel', fields: ['reason'], place: 'menu', isDanger: true },
];

export interface ActsShown {
  primary: ActSpec | null;
  second: ActSpec[];
  menu: ActSpec[];
}

/** At most one main button and two others; the rest is in the menu. Closed when the server says nothing is allowed. */
export function actsOf(item: Pick<Item, 'abilities'>): ActsShown {
  const allowed = ACTS.filter((spec) => item.abilities[spec.ability]);
  const primary = allowed.find((spec) => spec.place === 'primary') ?? null;
  const others = allowed.filter((spec) => spec !== primary);
  const second = others.filter((spec) => spec.place !== 'menu').slice(0, 2);
  return { primary, second, menu: others.filter((spec) => !second.includes(spec)) };
}

export interface ActValues {
  percent: string;
  text: string;
  due_on: string;
  reason: string;
  unit: string;
}

/** What is wrong with a form, by field, as i18n keys below `taskforces.form.`. `files` counts the evidence that is through. */
export function checkAct(spec: ActSpec, values: ActValues, item: Pick<Item, 'due_on'> & Partial<Pick<Item, 'evidence_required'>>, files = 0): Partial<Record<ActField, string>> {
  const errors: Partial<Record<ActField, string>> = {};
  for (const field of spec.fields) {
    if (field === 'evidence') {
      const isNeeded = spec.key === 'report' && item.evidence_required && Number(values.percent) === 100;
      if (files === 0 && (isNeeded || !spec.optional?.includes('evidence'))) errors.evidence = 'evidence';
      continue;
    }
    const value = String(values[field] ?? '').trim();
    if (!value) {
      if (!spec.optional?.includes(field)) errors[field] = field === 'unit' ? 'pickUnit' : field === 'due_on' ? 'pickDay' : 'required';
    } else if (field === 'percent') {
      const number = Number(value);
      if (!Number.isInteger(number) || number < 0 || number > 100) errors.percent = 'percentRange';
    } else if (field === 'due_on' && !spec.anyDay && value <= item.due_on) errors.due_on = 'laterThanDue';
  }
  return errors;
}
