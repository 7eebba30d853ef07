/** ↑ in the empty composer: one's newest words. */
import { relationOf, type TimelineEvent } from '@/live/timeline';

import type { ComposerState } from '../composer';
import { bodyOf } from '../text';
import { isEditable } from './own';

export function lastEditable(events: readonly TimelineEvent[], me: string): ComposerState['editing'] {
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index];
    if (event?.sender === me && isEditable(event)) {
      return { id: event.event_id, text: bodyOf(event.content, relationOf(event.content).replyTo !== null), content: event.content };
    }
  }
  return null;
}
