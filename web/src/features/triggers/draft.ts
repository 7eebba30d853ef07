/** What the form of a template holds, and the server's shape of it. Pure. */
import type { Scope } from '@/features/orders/api';
import { emptyScope, fullScope } from '@/features/orders/scope';

import type { Trigger, TriggerBody } from './api';

export interface TriggerDraft {
  name: string;
  watches: 'alert' | 'record';
  makes: 'order' | 'item';
  connector: string;
  least: string;
  kinds: string[];
  metrics: string[];
  codes: string;
  places: string;
  title: string;
  text: string;
  urgency: string;
  scope: Required<Scope>;
  sign_minutes: string;
  report_minutes: string;
  is_drill: boolean;
  unit: { id: string; name: string };
  days: string;
  category: string;
  is_enabled: boolean;
}

type Json = Record<string, unknown>;
const text = (value: unknown, fallback = ''): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : fallback);
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const split = (lines: string): string[] => lines.split(/[\s,，、;；]+/).filter((one) => one !== '');

export const blankTrigger = (title = '', words = ''): TriggerDraft => ({
  name: '', watches: 'alert', makes: 'order', connector: '', least: 'orange', kinds: [], metrics: [], codes: '', places: '', title, text: words, urgency: 'urgent', scope: emptyScope(),
  sign_minutes: '30', report_minutes: '', is_drill: false, unit: { id: '', name: '' }, days: '5', category: '', is_enabled: true,
});

export function draftOf(trigger: Trigger): TriggerDraft {
  const condition = trigger.condition as Json;
  const content = trigger.content as Json;
  const isOrder = trigger.makes === 'order';
  return {
    ...blankTrigger(), name: trigger.name, watches: trigger.watches === 'record' ? 'record' : 'alert', makes: isOrder ? 'order' : 'item', connector: trigger.connector_id ?? '',
    least: text(condition['least']), kinds: list(condition['kinds']), metrics: list(condition['metrics']), codes: list(condition['codes']).join('、'), places: list(condition['places']).join('、'),
    title: text(content['title']), text: text(content['text']), urgency: text(content['urgency'], 'urgent'), scope: fullScope(content['scope'] as Scope | undefined),
    sign_minutes: text(content['sign_minutes'], '30'), report_minutes: text(content['report_minutes']), is_drill: content['is_drill'] === true,
    unit: { id: text(content['lead_unit']), name: '' }, days: text(content['days'], '5'), category: text(content['category']), is_enabled: trigger.is_enabled,
  };
}

/** `base` keeps what the form does not show: the ladder, the task force, the ledger. */
export function bodyOf(draft: TriggerDraft, base?: Trigger | null): TriggerBody {
  const kept: Json = base && base.makes === draft.makes ? { ...(base.content as Json) } : {};
  const content: Json =
    draft.makes === 'order'
      ? { ...kept, title: draft.title.trim(), text: draft.text.trim(), urgency: draft.urgency, scope: draft.scope, sign_minutes: Number(draft.sign_minutes) || 0, report_minutes: draft.report_minutes.trim() ? Number(draft.report_minutes) : null, is_drill: draft.is_drill }
      : { ...kept, title: draft.title.trim(), lead_unit: draft.unit.id, days: Number(draft.days) || 0, category: draft.category.trim() };
  return {
    name: draft.name.trim(), watches: draft.watches, makes: draft.makes, connector_id: draft.connector || null, is_enabled: draft.is_enabled, content,
    condition: { least: draft.least, kinds: draft.kinds, metrics: draft.watches === 'alert' ? draft.metrics : [], codes: split(draft.codes), places: split(draft.places) },
  };
}
