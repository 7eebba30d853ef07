/**
 * What a new message does to somebody who is not looking: a notification, a sound, or nothing until the morning. Pure.
 * Quiet hours (domain §5): 22:00–07:00 and rest days; only urgent orders and red alerts are heard then, the rest waits
 * for 08:30 of the next working day.
 */
import { readCard } from '@/cards/schema';
import { dayNumber } from '@/lib/time';
import type { LiveEvent } from '@/live/frames';
import type { Room } from '@/live/rooms';

const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;
const MINUTE = 60_000;
const QUIET_FROM = 22 * 60;
const QUIET_TO = 7 * 60;
const MORNING = 8 * 60 + 30;

const minuteOfDay = (now: number): number => Math.floor(((now + SHANGHAI_MS) % DAY_MS) / MINUTE);
/** 1970-01-01 was a Thursday. */
const weekday = (day: number): number => (day + 4) % 7;
const isRestDay = (day: number): boolean => weekday(day) === 0 || weekday(day) === 6;

export function isQuiet(now: number): boolean {
  const minute = minuteOfDay(now);
  return minute >= QUIET_FROM || minute < QUIET_TO || isRestDay(dayNumber(now));
}

/** The next 08:30 of a working day after `now`. */
export function nextMorning(now: number): number {
  let day = dayNumber(now);
  if (minuteOfDay(now) >= MORNING) day += 1;
  while (isRestDay(day)) day += 1;
  return day * DAY_MS - SHANGHAI_MS + MORNING * MINUTE;
}

export function isUrgent(event: Pick<LiveEvent, 'content'>): boolean {
  const card = readCard(event.content);
  return card !== null && ['order', 'alert'].includes(card.kind) && card.state?.code === 'red';
}

export interface Seen {
  me: string;
  now: number;
  /** The window has the focus and shows this room. */
  isLooking: boolean;
}

export type Verdict = 'nothing' | 'show' | 'loud' | 'later';

function names(event: LiveEvent, me: string): boolean {
  const mentions = event.content['m.mentions'] as { user_ids?: unknown; room?: unknown } | undefined;
  return mentions?.room === true || (Array.isArray(mentions?.user_ids) && mentions.user_ids.includes(me));
}

export function decide(room: Room, event: LiveEvent, seen: Seen): Verdict {
  const counts = event.counts === true && event.sender !== seen.me && event.seq > room.read;
  if (!counts || seen.isLooking) return 'nothing';
  if (isUrgent(event)) return 'loud';
  if (room.muted || (room.notify === 'mentions' && room.kind !== 'direct' && !names(event, seen.me))) return 'nothing';
  // The server knows holidays and worked Sundays; a bot's message says itself that it waits.
  return isQuiet(seen.now) || event.content['org.tongzhou.silent'] === true ? 'later' : 'show';
}
