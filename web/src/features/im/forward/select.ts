/** Choosing several messages of one room. */
import { reactive } from 'vue';

import type { TimelineEvent } from '@/live/timeline';

export const MOST = 100;

interface Selecting {
  room: string | null;
  events: Map<string, TimelineEvent>;
  /** What is about to be forwarded; the dialog is open while it is set. */
  asked: { room: string; events: string[] } | null;
}

export const selecting: Selecting = reactive({ room: null, events: new Map<string, TimelineEvent>(), asked: null }) as Selecting;

/** What can go into another room: words, files, cards as text, polls as text. */
export const canForward = (event: TimelineEvent): boolean =>
  !event.isRedacted && event.state_key == null && (event.type === 'm.room.message' || event.type === 'm.poll.start');

export function begin(room: string, event: TimelineEvent): void {
  selecting.room = room;
  selecting.events.clear();
  toggle(event);
}

export function toggle(event: TimelineEvent): void {
  if (selecting.events.has(event.event_id)) selecting.events.delete(event.event_id);
  else if (selecting.events.size < MOST && canForward(event)) selecting.events.set(event.event_id, event);
}

export function stop(): void {
  selecting.room = null;
  selecting.events.clear();
}
