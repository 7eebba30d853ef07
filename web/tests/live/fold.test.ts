import { describe, expect, it } from 'vitest';

import { eventSchema, type LiveEvent } from '@/live/frames';
import { Timeline } from '@/live/timeline';

import cases from './fold-cases.json';

/** Made by tests/chatops/services/test_fold.py: the same deeds as the server's pages show them. */
interface Case {
  me: string;
  frames: unknown[][];
  late: unknown[];
  midway: { items: unknown[]; at: number };
  page: { items: unknown[]; at: number };
}

const parse = (items: unknown[]): LiveEvent[] => items.map((item) => eventSchema.parse(item));

function picture(timeline: Timeline): unknown[] {
  return timeline.events.map((event) => ({
    id: event.event_id,
    body: event.content['body'],
    edited: event.editedSeq ?? null,
    isRedacted: event.isRedacted,
    reactions: event.isRedacted ? [] : [...event.reactions].sort((one, other) => one.key.localeCompare(other.key)),
    thread: event.thread && { count: event.thread.count, seq: event.thread.seq, sender: event.thread.sender },
    isPinned: event.isPinned,
  }));
}

function fromPage(me: string, page: Case['page']): Timeline {
  const timeline = new Timeline(me);
  timeline.reset(parse(page.items), page.at, true, page.at);
  return timeline;
}

/** What a client asks the server for: messages of which an edit alone was taken back. */
function refreshed(timeline: Timeline, page: Case['page']): Timeline {
  for (const event of parse(page.items)) if (timeline.stale.has(event.event_id)) timeline.refresh(event, page.at);
  return timeline;
}

describe.each((cases as unknown as Case[]).map((one, index) => [index, one] as const))('case %i', (_index, one) => {
  const wanted = picture(fromPage(one.me, one.page));

  it('gives the same picture from the events as they came', () => {
    const timeline = new Timeline(one.me);
    timeline.reset([], 0, true);
    for (const frame of one.frames) {
      const events = parse(frame);
      const [first, last] = [events[0], events[events.length - 1]];
      if (first && last) expect(timeline.applyFrame(first.seq, last.seq, events)).toBe('applied');
    }
    expect(picture(refreshed(timeline, one.page))).toEqual(wanted);
  });

  it('gives the same picture from a late catch-up', () => {
    const timeline = new Timeline(one.me);
    timeline.reset([], 0, true);
    timeline.applyAfter(parse(one.late), one.page.at);
    expect(picture(refreshed(timeline, one.page))).toEqual(wanted);
  });

  it('goes on from a page read midway, whatever came before and after it', () => {
    const timeline = fromPage(one.me, one.midway);
    const events = one.frames.flatMap(parse).filter((event) => event.seq > one.midway.at);
    for (const event of events) timeline.applyFrame(event.seq, event.seq, [event]);
    expect(picture(refreshed(timeline, one.page))).toEqual(wanted);
  });

  it('takes an older page after the events that speak of it', () => {
    const half = Math.floor(one.page.items.length / 2);
    const timeline = new Timeline(one.me);
    timeline.reset(parse(one.midway.items.slice(half)), one.midway.at, false, one.midway.at);
    const events = one.frames.flatMap(parse).filter((event) => event.seq > one.midway.at);
    for (const event of events) timeline.applyFrame(event.seq, event.seq, [event]);
    timeline.applyBefore(parse(one.midway.items.slice(0, half)), true, one.midway.at);
    expect(picture(refreshed(timeline, one.page))).toEqual(wanted);
  });
});
