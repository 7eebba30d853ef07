/** Which own messages can be edited, and the words of those just taken back. */
import { reactive } from 'vue';

import { serverNow } from '@/lib/time';
import { relationOf, type TimelineEvent } from '@/live/timeline';

import { bodyOf } from '../text';

const AGAIN_MS = 5 * 60_000;

/** Text that one wrote oneself: no card, file, copy or poll. */
export function isEditable(event: TimelineEvent): boolean {
  const { content } = event;
  const isCopy = 'org.tongzhou.forward' in content || 'org.tongzhou.merged' in content || 'org.tongzhou.card' in content;
  return event.type === 'm.room.message' && content['msgtype'] === 'm.text' && !isCopy && !event.isRedacted;
}

interface Recalled {
  text: string;
  at: number;
}

/** In memory alone: what was taken back stays nowhere. */
const recalled = reactive(new Map<string, Recalled>());

export function keepRecalled(event: TimelineEvent): void {
  if (!isEditable(event)) return;
  recalled.set(event.event_id, { text: bodyOf(event.content, relationOf(event.content).replyTo !== null), at: serverNow() });
  setTimeout(() => recalled.delete(event.event_id), AGAIN_MS);
}

/** The words of a message that this window took back within the last five minutes. */
export const recalledText = (eventId: string): string | null => recalled.get(eventId)?.text ?? null;
