/** What a person says of himself or herself: 出差, 会议, 请假, 休假, and until when. Pure. */
import { clockTime, dayNumber, monthDay, serverNow, toMs } from '@/lib/time';

export const STATUS_KINDS = ['travel', 'meeting', 'leave', 'holiday'] as const;

export interface Status {
  kind: string;
  until?: string | null;
  note?: string;
}
type Translate = (key: string, values?: Record<string, unknown>) => string;

/** Such as 会议，至 15:30 or 出差（武汉），至 7月18日. */
export function statusLine(status: Status, t: Translate, locale: string): string {
  const word = status.note ? t('im.presence.noted', { word: t(`im.presence.kind.${status.kind}`), note: status.note }) : t(`im.presence.kind.${status.kind}`);
  if (!status.until) return word;
  const until = toMs(status.until);
  const time = dayNumber(until) === dayNumber(serverNow()) ? clockTime(until) : monthDay(until, locale);
  return t('im.presence.until', { word, time });
}

export interface Ending {
  key: string;
  until: () => Date | null;
}

/** The ends that one chooses from; Shanghai has no summer time, so its midnight is 16:00 UTC. */
export const ENDINGS: Ending[] = [
  { key: 'hour', until: () => new Date(serverNow() + 3_600_000) },
  { key: 'today', until: () => midnight(1) },
  { key: 'tomorrow', until: () => midnight(2) },
  { key: 'week', until: () => midnight(7) },
  { key: 'open', until: () => null },
];

function midnight(days: number): Date {
  return new Date((dayNumber(serverNow()) + days) * 86_400_000 - 8 * 3_600_000);
}
