/** The sides of the workbench: values of sources as tiles; meetings, duty and notes of today. */
import { onMounted, ref } from 'vue';

import { http } from '@/api/http';
import type { Schemas } from '@/api/types';
import { type Card, cardOf } from '@/cards/schema';
import { useWhileSeen } from '@/lib/later';

export type Day = Schemas['DayOut'];
export type Meeting = Schemas['MeetingLine'];

const EVERY_MS = 60_000;

export function useDay() {
  const day = ref<Day | null>(null);
  const tiles = ref<Card[]>([]);
  /** What one of the two could not say is left as it was: the list of what waits is the page, these are beside it. */
  const failed = ref(false);

  async function load(): Promise<void> {
    const [today, shown] = await Promise.allSettled([http.get<Day>('/day'), http.get<Schemas['TilesOut']>('/connectors/tiles')]);
    failed.value = today.status === 'rejected';
    if (today.status === 'fulfilled') day.value = today.value;
    if (shown.status === 'fulfilled') tiles.value = shown.value.items.map(cardOf).filter((one) => one !== null);
  }
  onMounted(load);
  useWhileSeen(load, EVERY_MS);
  return { day, tiles, failed, load };
}

/** Of a meeting in an agenda: over, on its way (from half an hour before to an hour after it begins), or still to come. */
export function stageOf(meeting: Pick<Meeting, 'meets_at' | 'state'>, now: number): 'over' | 'now' | 'later' {
  const left = Date.parse(meeting.meets_at) - now;
  if (meeting.state !== 'planned' || left < -3_600_000) return 'over';
  return left <= 1_800_000 ? 'now' : 'later';
}

export const minutesTo = (meeting: Pick<Meeting, 'meets_at'>, now: number): number => Math.ceil((Date.parse(meeting.meets_at) - now) / 60_000);
