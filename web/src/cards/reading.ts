/** What a status card says in figures: its value without the unit, its last day, its limit and its age. */
import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';

import { ago } from '@/lib/time';
import { useMinute } from '@/ui/minute';

import type { Card } from './schema';

export interface Reading {
  unit: ComputedRef<string>;
  value: ComputedRef<string>;
  points: ComputedRef<number[]>;
  threshold: ComputedRef<number | null>;
  /** "3 minutes ago"; "" where the card names no moment. */
  age: ComputedRef<string>;
}

export function useReading(card: () => Card): Reading {
  const { locale } = useI18n();
  const minute = useMinute();
  const series = computed(() => card().series ?? null);
  const unit = computed(() => series.value?.unit ?? '');
  const value = computed(() => {
    const text = card().value ?? '';
    return unit.value && text.endsWith(unit.value) ? text.slice(0, -unit.value.length).trim() : text;
  });
  const points = computed(() => (series.value?.points ?? []).map(([, milli]) => milli / 1000));
  const threshold = computed(() => (series.value?.threshold == null ? null : series.value.threshold / 1000));
  const age = computed(() => {
    const at = card().as_of;
    return at && minute.value ? ago(at, locale.value) : '';
  });
  return { unit, value, points, threshold, age };
}
