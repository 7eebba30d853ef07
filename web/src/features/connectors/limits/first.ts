/** The first limits of a source that is being connected: two numbers for each quantity, the rest is edited later. Pure. */
import type { ThresholdIn, Trial } from '../api';
import type { MetricDraft } from '../draft';

export interface FirstLimit {
  key: string;
  name: string;
  unit: string;
  orange: string;
  red: string;
}

/** What the mapping or the test pull shows; numbers that were typed stay. */
export function quantitiesOf(mapped: readonly MetricDraft[], trial: Trial | null, before: readonly FirstLimit[]): FirstLimit[] {
  const found = new Map<string, { name: string; unit: string }>();
  for (const one of mapped) if (one.key && one.value) found.set(one.key, { name: one.name || one.key, unit: one.unit });
  if (found.size === 0) for (const reading of (trial?.sides ?? []).flatMap((side) => side.readings)) found.set(reading.metric, { name: reading.metric_name, unit: reading.unit });
  return [...found].map(([key, about]) => {
    const kept = before.find((one) => one.key === key);
    return { key, ...about, orange: kept?.orange ?? '', red: kept?.red ?? '' };
  });
}

export function firstTables(limits: readonly FirstLimit[], name: string): ThresholdIn[] {
  return limits
    .filter((one) => one.orange.trim() || one.red.trim())
    .map((one) => ({
      metric: one.key, name: `${one.name}${name}`, basis: '', is_enabled: true, subject_id: null,
      bands: (['orange', 'red'] as const).filter((level) => one[level].trim()).map((level) => ({
        level, op: '>=', limit: one[level].trim(), margin: '0', label: '', valid_from: null, valid_to: null, season_from: '', season_to: '', hour_from: 0, hour_to: 24,
      })),
    }));
}
