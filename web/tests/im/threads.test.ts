import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { http } from '@/api/http';
import { useThreads } from '@/features/im/threads/store';
import type { LiveEvent } from '@/live/frames';
import { useLive } from '@/live/store';
import { Timeline, type TimelineEvent } from '@/live/timeline';

const message = (seq: number, content: Record<string, unknown> = {}): LiveEvent => ({
  event_id: `$e${seq}`, seq, type: 'm.room.message', sender: '@2:x', ts: seq, content: { msgtype: 'm.text', body: `${seq}`, ...content },
});
const reply = (seq: number): LiveEvent => message(seq, { 'm.relates_to': { rel_type: 'm.thread', event_id: '$e1' } });

function rootEvent(): TimelineEvent {
  const timeline = new Timeline();
  timeline.reset([message(1)], 1, true);
  return timeline.events[0] as TimelineEvent;
}

describe('threads', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('keeps a reply that came while the page was on its way', async () => {
    let tell: (room: string, events: readonly LiveEvent[] | null) => void = () => undefined;
    vi.spyOn(useLive(), 'onEventsFrame').mockImplementation((handler) => {
      tell = handler;
      return () => true;
    });
    let answer: (page: unknown) => void = () => undefined;
    vi.spyOn(http, 'get').mockImplementation((path: string) =>
      path === '/threads/unread' ? Promise.resolve({ items: [] }) : new Promise((resolve) => (answer = resolve)),
    );
    const threads = useThreads();
    threads.start();
    const opening = threads.open('!r', rootEvent());
    tell('!r', [reply(2)]);
    tell('!r', [reply(3)]);
    answer({ root: message(1), items: [reply(2)], next: null, at: 2, read: 0, following: true, unread: 1 });
    await opening;
    expect(threads.get('!r', '$e1')?.timeline.events.map((event) => event.seq)).toEqual([2, 3]);
  });
});
