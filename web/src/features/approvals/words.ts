/** Colours, groups and sentences of cases. Pure. */
import { dayNumber, toMs } from '@/lib/time';

import type { Case, CaseRow, CaseTask, Step } from './api';

export type Tone = 'b' | 'g' | 'r' | 'a' | '';

export function stateTone(state: string): Tone {
  return state === 'finished' ? 'g' : state === 'refused' ? 'r' : state === 'running' ? 'b' : '';
}

/** A decision by its colour: 退回 and 不同意 stand out, words stand beside it always. */
export function outcomeTone(deed: string): Tone {
  if (['agree', 'read_mark', 'answer', 'finish', 'resubmit'].includes(deed)) return 'g';
  if (['refuse', 'return', 'dissent', 'end_refused'].includes(deed)) return 'r';
  if (['remind', 'escalate', 'urge'].includes(deed)) return 'a';
  return '';
}

/** 回执: who has it is calm, who misses it stands out. */
export function receiptTone(state: string): Tone {
  if (state === 'signed' || state === 'closed') return 'g';
  return state === 'returned' || state === 'unreachable' ? 'r' : state === 'waiting' ? 'a' : '';
}

export type Due = 'late' | 'today' | 'later';

export function dueOf(dueAt: string, now: number): Due {
  const ms = toMs(dueAt);
  if (ms < now) return 'late';
  return dayNumber(ms) === dayNumber(now) ? 'today' : 'later';
}

/** The sign group of a node with several people: a table of its own. */
export function signGroups(found: Pick<Case, 'tasks'>): { key: string; name: string; node: string; tasks: CaseTask[] }[] {
  const groups = new Map<string, CaseTask[]>();
  for (const task of found.tasks) {
    if (task.state === 'cancelled' && !task.outcome) continue;
    groups.set(task.group, [...(groups.get(task.group) ?? []), task]);
  }
  return [...groups.entries()].filter(([, tasks]) => tasks.length > 1).map(([key, tasks]) => ({ key, name: tasks[0]?.name ?? '', node: tasks[0]?.node ?? '', tasks }));
}

/** Steps that nobody can be found for: told before anything is sent. */
export const unresolved = (steps: readonly Step[]): Step[] => steps.filter((step) => step.unresolved);

/** Whether a step would lie still if these were away: `absent` has who stands in for them, '' for nobody. */
export function stopsAt(step: Step, absent: Readonly<Record<string, string>>): boolean {
  const gone = step.who.filter((one) => absent[one.user_id] === '').length;
  return step.mode === 'any' || step.mode === 'percentage' ? gone > 0 && gone === step.who.length : gone > 0;
}

/** The row above or below; at an edge the row itself. */
export function neighbour(rows: readonly CaseRow[], id: string | null, by: 1 | -1): CaseRow | null {
  const at = rows.findIndex((row) => row.id === id);
  if (at < 0) return rows[0] ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, at + by))] ?? null;
}
