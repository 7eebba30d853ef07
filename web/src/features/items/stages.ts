/** The stepper of an item: 派发 签收 反馈 催办 延期 办结, each done, now or to come. Pure. */
import type { ItemDetail } from './api';

export type StageState = 'done' | 'now' | 'next' | 'warn';

export interface Stage {
  key: 'dispatch' | 'sign' | 'report' | 'remind' | 'extension' | 'close';
  state: StageState;
  /** i18n key below `taskforces.stage.` and its values. */
  note: string;
  values: Record<string, string | number>;
}

const MINUTE = 60_000;

/** 26 minutes, 3 hours, 2 days between two times, as a key and a number. */
export function between(from: string, to: string): { note: string; n: number } {
  const minutes = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / MINUTE));
  if (minutes < 60) return { note: 'minutes', n: Math.max(1, minutes) };
  if (minutes < 1440) return { note: 'hours', n: Math.round(minutes / 60) };
  return { note: 'days', n: Math.round(minutes / 1440) };
}

/** `today`: local day as YYYY-MM-DD; `dayText` shows a day. */
export function stagesOf(item: ItemDetail, today: string, dayText: (date: string) => string): Stage[] {
  const isClosed = item.closed_at !== null || item.state === 'closed';
  const left = Math.round((Date.parse(item.due_on) - Date.parse(today)) / 86_400_000);
  const stages: Stage[] = [
    item.dispatched_at
      ? { key: 'dispatch', state: 'done', note: 'day', values: { day: dayText(item.dispatched_at) } }
      : { key: 'dispatch', state: 'now', note: 'waiting', values: {} },
  ];
  if (item.signed_at && item.dispatched_at) {
    const took = between(item.dispatched_at, item.signed_at);
    stages.push({ key: 'sign', state: 'done', note: took.note, values: { n: took.n } });
  } else {
    stages.push({ key: 'sign', state: item.dispatched_at ? 'now' : 'next', note: 'waiting', values: {} });
  }
  const reports = item.reports.length;
  stages.push({
    key: 'report',
    state: isClosed || reports > 0 ? 'done' : item.signed_at ? 'now' : 'next',
    note: reports > 0 ? 'times' : 'waiting',
    values: { n: reports },
  });
  const reminded = item.history.filter((entry) => entry.act === 'remind').length;
  if (reminded > 0) stages.push({ key: 'remind', state: 'warn', note: 'times', values: { n: reminded } });
  const agreed = item.extensions.filter((one) => one.state === 'agreed');
  if (item.open_extension) {
    stages.push({ key: 'extension', state: 'now', note: 'asked', values: { day: dayText(item.open_extension.new_due_on) } });
  } else if (agreed.length > 0) {
    stages.push({ key: 'extension', state: 'warn', note: 'until', values: { day: dayText(item.due_on) } });
  }
  if (isClosed) stages.push({ key: 'close', state: 'done', note: 'day', values: { day: dayText(item.closed_at ?? item.due_on) } });
  else {
    const state = item.state === 'reported' ? 'now' : 'next';
    stages.push({ key: 'close', state, note: left < 0 ? 'late' : left === 0 ? 'today' : 'left', values: { n: Math.abs(left) } });
  }
  return stages;
}
