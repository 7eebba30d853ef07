/** What the source's codes of stages mean, as lines of a form. Pure. */
import type { Trial } from './api';

export interface StageDraft {
  code: string;
  name: string;
  /** '' until somebody has said it. */
  state: string;
}

export const STATES = ['open', 'in_progress', 'closed', 'withdrawn'] as const;
const WORDS: readonly [string, RegExp][] = [
  ['withdrawn', /撤|取消|作废|withdraw|cancel/i],
  ['closed', /结|竣工|验收|完成|办毕|归档|关闭|closed|done|finish/i],
  ['in_progress', /在建|开工|办理|处理|整改|进行|progress|doing/i],
  ['open', /立项|立案|受理|登记|待|新|发布|open|new/i],
];

/** What a name of a stage probably means; '' where it does not say. */
export const guessState = (name: string): string => WORDS.find(([, words]) => words.test(name))?.[0] ?? '';

/** The lines with one more for each code that a sample has and they do not. */
export function withCodesOf(stages: readonly StageDraft[], trial: Trial): StageDraft[] {
  const known = new Set(stages.map((one) => one.code));
  const more: StageDraft[] = [];
  for (const record of trial.sides.flatMap((side) => side.records)) {
    if (known.has(record.code)) continue;
    known.add(record.code);
    const name = record.stage_name === record.code ? '' : record.stage_name;
    more.push({ code: record.code, name, state: guessState(name || record.code) });
  }
  return [...stages, ...more];
}

export const readStages = (raw: Record<string, Record<string, string>> | undefined): StageDraft[] =>
  Object.entries(raw ?? {}).map(([code, one]) => ({ code, name: one['name'] ?? '', state: one['state'] ?? '' }));

export const writeStages = (stages: readonly StageDraft[]): Record<string, Record<string, string>> =>
  Object.fromEntries(stages.filter((one) => one.code.trim() !== '').map((one) => [one.code.trim(), { state: one.state, name: one.name.trim() }]));
