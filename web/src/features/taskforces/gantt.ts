/** Geometry of the milestone chart: days to per cent of the width, weeks, bars. Pure. */
import type { Item } from '../items/api';

const DAY_MS = 86_400_000;

/** Whole days since 1970 of YYYY-MM-DD. */
export function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export interface Range {
  /** First day shown, a Monday; end is the day after the last. */
  start: number;
  end: number;
}

const MONDAY = 4; // 1970-01-05 was a Monday
const mondayOf = (day: number): number => day - ((((day - MONDAY) % 7) + 7) % 7);

/** Whole weeks that hold all dates. */
export function rangeOf(dates: readonly string[]): Range {
  const days = dates.map(dayOf).filter(Number.isFinite);
  if (days.length === 0) return { start: 0, end: 7 };
  const start = mondayOf(Math.min(...days));
  return { start, end: mondayOf(Math.max(...days)) + 7 };
}

/** Where a day begins, in per cent of the width, held inside the chart. */
export function leftOf(day: number, range: Range): number {
  const share = ((day - range.start) / (range.end - range.start)) * 100;
  return Math.min(100, Math.max(0, share));
}

export interface Span {
  left: number;
  width: number;
}

/** From the first day to the end of the last. */
export function spanOf(from: string, to: string, range: Range): Span {
  const left = leftOf(dayOf(from), range);
  return { left, width: Math.max(0.6, leftOf(dayOf(to) + 1, range) - left) };
}

export interface Tick {
  left: number;
  date: string;
}

/** One line per week; with many weeks a label only every so often, so that they do not touch. */
export function weekTicks(range: Range, mostLabels = 14): { lines: Tick[]; labels: Tick[] } {
  const lines: Tick[] = [];
  for (let day = range.start; day < range.end; day += 7) lines.push({ left: leftOf(day, range), date: dateOf(day) });
  const every = Math.max(1, Math.ceil(lines.length / mostLabels));
  return { lines, labels: lines.filter((_, index) => index % every === 0) };
}

export type BarState = 'done' | 'late' | 'open';

export interface Row {
  key: string;
  title: string;
  from: string;
  to: string;
  /** Share that is done, 0–100. */
  percent: number;
  state: BarState;
  diamonds: { date: string; name: string; isDone: boolean }[];
  done: number;
  total: number;
  late: number;
  /** The last day on which a node was finished. */
  doneOn: string | null;
}

/**
 * The phases of a task force: nodes of one name over all items, in the order in which they come. A phase runs from the
 * earliest day on which the node before it was due (or the item starts) to the latest due date of its own.
 */
export function phaseRows(items: readonly Item[], today: string): Row[] {
  interface Phase extends Row {
    place: number;
  }
  const phases = new Map<string, Phase>();
  for (const item of items) {
    item.milestones.forEach((node, index) => {
      const from = index === 0 ? item.starts_on : (item.milestones[index - 1]?.due_on ?? item.starts_on);
      const phase = phases.get(node.name) ?? {
        key: node.name, title: node.name, from, to: node.due_on, percent: 0, state: 'open' as BarState,
        diamonds: [], done: 0, total: 0, late: 0, doneOn: null, place: 0,
      };
      if (from < phase.from) phase.from = from;
      if (node.due_on > phase.to) phase.to = node.due_on;
      phase.total += 1;
      phase.place += index;
      if (node.done_on !== null || item.colour === 'done') phase.done += 1;
      else if (node.due_on < today) phase.late += 1;
      if (node.done_on && (phase.doneOn === null || node.done_on > phase.doneOn)) phase.doneOn = node.done_on;
      phases.set(node.name, phase);
    });
  }
  return [...phases.values()]
    .sort((one, other) => one.place / one.total - other.place / other.total)
    .map(({ place: _place, ...phase }) => {
      const isDone = phase.done === phase.total;
      return {
        ...phase,
        percent: Math.round((100 * phase.done) / phase.total),
        state: isDone ? 'done' : phase.late > 0 ? 'late' : 'open',
        diamonds: [{ date: phase.to, name: phase.title, isDone }],
      };
    });
}

/** One row per item with its own nodes. */
export function itemRows(items: readonly Item[], today: string): Row[] {
  return items.map((item) => {
    const isDone = item.colour === 'done';
    const late = isDone ? 0 : item.milestones.filter((node) => !node.done_on && node.due_on < today).length;
    return {
      key: item.id,
      title: `${item.number} ${item.title}`,
      from: item.starts_on,
      to: item.due_on,
      percent: item.percent,
      state: isDone ? 'done' : item.due_on < today || late > 0 ? 'late' : 'open',
      diamonds: item.milestones.map((node) => ({ date: node.due_on, name: node.name, isDone: isDone || node.done_on !== null })),
      done: item.milestones.filter((node) => isDone || node.done_on).length,
      total: item.milestones.length,
      late,
      doneOn: null,
    };
  });
}
