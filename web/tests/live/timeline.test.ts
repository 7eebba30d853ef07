import { describe, expect, it } from 'vitest';

import type { LiveEvent } from '@/live/frames';
import { Timeline } from '@/live/timeline';

const ME = '@1:tongzhou.localhost';
const OTHER = '@2:tongzhou.localhost';

function message(seq: number, body: string, extra: Partial<LiveEvent> = {}): LiveEvent {
  return {
    event_id: `$e${seq}`, room: '!r', seq, n: seq, type: 'm.room.message', sender: OTHER, ts: 1_000 + seq,
    content: { msgtype: 'm.text', body }, ...extra,
  };
}

function edit(seq: number, target: string, body: string, sender = OTHER): LiveEvent {
  return message(seq, `* ${body}`, {
    sender,
    content: {
      msgtype: 'm.text', body: `* ${body}`, 'm.new_content': { msgtype: 'm.text', body },
      'm.relates_to': { rel_type: 'm.replace', event_id: target },
    },
  });
}

function recall(seq: number, target: string): LiveEvent {
  return message(seq, '', { type: 'm.room.redaction', content: { redacts: target } });
}

const bodies = (timeline: Timeline): unknown[] => timeline.events.map((event) => event.content['body']);

function loaded(...events: LiveEvent[]): Timeline {
  const timeline = new Timeline();
  timeline.reset(events, events[events.length - 1]?.seq ?? 0, true);
  return timeline;
}

describe('Timeline', () => {
  it('takes consecutive frames and says what it already has', () => {
    const timeline = loaded(message(1, 'a'));
    expect(timeline.applyFrame(2, 3, [message(2, 'b'), message(3, 'c')])).toBe('applied');
    expect(timeline.applyFrame(2, 3, [message(2, 'b'), message(3, 'c')])).toBe('known');
    expect(bodies(timeline)).toEqual(['a', 'b', 'c']);
  });

  it('takes the new part of a frame that overlaps', () => {
    const timeline = loaded(message(1, 'a'), message(2, 'b'));
    expect(timeline.applyFrame(2, 4, [message(2, 'b'), message(3, 'c'), message(4, 'd')])).toBe('applied');
    expect(bodies(timeline)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('finds a gap and takes nothing, then goes on after the catch-up', () => {
    const timeline = loaded(message(1, 'a'));
    expect(timeline.applyFrame(3, 3, [message(3, 'c')])).toBe('gap');
    expect(timeline.last).toBe(1);
    timeline.applyAfter([message(2, 'b'), message(3, 'c')], 3);
    expect(timeline.applyFrame(4, 4, [message(4, 'd')])).toBe('applied');
    expect(bodies(timeline)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('reaches positions that show nothing, so edits leave no gap', () => {
    const timeline = loaded(message(1, 'a'));
    timeline.applyAfter([], 5);
    expect(timeline.applyFrame(6, 6, [message(6, 'f')])).toBe('applied');
  });

  it('folds edits into their target, latest position wins', () => {
    const timeline = loaded(message(1, 'a'));
    timeline.applyFrame(2, 3, [edit(2, '$e1', 'a2'), edit(3, '$e1', 'a3')]);
    expect(bodies(timeline)).toEqual(['a3']);
    expect(timeline.events[0]?.editedSeq).toBe(3);
  });

  it('ignores an edit by somebody else', () => {
    const timeline = loaded(message(1, 'a'));
    timeline.applyFrame(2, 2, [edit(2, '$e1', 'forged', ME)]);
    expect(bodies(timeline)).toEqual(['a']);
  });

  it('keeps an edit that came before the page with its target', () => {
    const timeline = loaded(message(10, 'j'));
    timeline.applyFrame(11, 11, [edit(11, '$e5', 'new')]);
    timeline.applyBefore([message(5, 'old')], true);
    expect(bodies(timeline)).toEqual(['new', 'j']);
  });

  it('does not take a live edit back when an older copy arrives by a page', () => {
    const timeline = loaded(message(1, 'a'));
    timeline.applyFrame(2, 2, [edit(2, '$e1', 'edited')]);
    timeline.applyAfter([message(1, 'a')], 2);
    expect(bodies(timeline)).toEqual(['edited']);
  });

  it('removes the content of a recalled message and refuses later edits', () => {
    const timeline = loaded(message(1, 'secret'));
    timeline.applyFrame(2, 3, [recall(2, '$e1'), edit(3, '$e1', 'again')]);
    expect(timeline.events[0]?.isRedacted).toBe(true);
    expect(bodies(timeline)).toEqual([undefined]);
  });

  it('prepends older pages in order and counts what was added', () => {
    const timeline = new Timeline();
    timeline.reset([message(5, 'e'), message(6, 'f')], 6, false);
    expect(timeline.applyBefore([message(3, 'c'), message(4, 'd')], false)).toBe(2);
    expect(bodies(timeline)).toEqual(['c', 'd', 'e', 'f']);
    expect(timeline.first).toBe(3);
  });

  it('counts unread messages of others only', () => {
    const timeline = loaded(message(1, 'a'), message(2, 'b'), message(3, 'mine', { sender: ME }), message(4, 'd'));
    expect(timeline.unreadAfter(1, ME)).toBe(2);
    expect(timeline.unreadAfter(4, ME)).toBe(0);
  });

  it('gives a changed row a new object and leaves the others', () => {
    const timeline = loaded(message(1, 'a'), message(2, 'b'));
    const [first, second] = timeline.events;
    timeline.applyFrame(3, 3, [edit(3, '$e2', 'b2')]);
    expect(timeline.events[0]).toBe(first);
    expect(timeline.events[1]).not.toBe(second);
  });
});

describe('a range around a message far back', () => {
  function around(): Timeline {
    const timeline = loaded(message(98, 'y'), message(99, 'z'));
    timeline.resetAround([message(10, 'a'), message(11, 'b')], 11, false, false);
    return timeline;
  }

  it('takes the place of what was held and does not grow by live frames', () => {
    const timeline = around();
    expect(timeline.applyFrame(100, 100, [message(100, 'new')])).toBe('known');
    expect(bodies(timeline)).toEqual(['a', 'b']);
    expect([timeline.first, timeline.last, timeline.isAtEnd]).toEqual([10, 11, false]);
  });

  it('hears of live edits and recalls of what it holds', () => {
    const timeline = around();
    timeline.applyFrame(100, 101, [edit(100, '$e10', 'a2'), recall(101, '$e11')]);
    expect(bodies(timeline)).toEqual(['a2', undefined]);
    expect(timeline.events[1]?.isRedacted).toBe(true);
  });

  it('grows by pages on both sides until it meets the newest again', () => {
    const timeline = around();
    expect(timeline.applyBefore([message(8, 'x'), message(9, 'w')], true)).toBe(2);
    expect(timeline.applyNewer([message(12, 'c'), message(13, 'd')], 13, false)).toBe(2);
    expect(timeline.applyFrame(14, 14, [message(14, 'e')])).toBe('known');
    expect(timeline.applyNewer([message(14, 'e')], 15, true)).toBe(1);
    expect(timeline.applyFrame(16, 16, [message(16, 'f')])).toBe('applied');
    expect(bodies(timeline)).toEqual(['x', 'w', 'a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('goes back to the newest page', () => {
    const timeline = around();
    timeline.reset([message(98, 'y'), message(99, 'z')], 99, false);
    expect(timeline.applyFrame(100, 100, [message(100, 'new')])).toBe('applied');
    expect(bodies(timeline)).toEqual(['y', 'z', 'new']);
  });
});
