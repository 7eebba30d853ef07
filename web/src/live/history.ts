/** Timelines by REST: the newest page, older pages, and what was missed. */
import { failureOf, messageOf } from '@/api/http';
import type { Member } from '@/api/types';

import { fetchContext, fetchMembers, fetchReceipts, fetchTimeline } from './api';
import type { LiveEvent } from './frames';
import { advance } from './rooms';
import type { LiveState, RoomView } from './state';

const PAGE = 50;
const CATCH_UP_PAGE = 200;
const AROUND = 25;
/** How many events are looked through for the first unread message; what is not one is rare. */
const SEEK = 20;

export interface HistoryHooks {
  /** Events were added: own unsent messages may be among them. */
  onAdded: (room: string, view: RoomView) => void;
  /** Events that had been missed. */
  onEvents?: (room: string, events: readonly LiveEvent[]) => void;
  onProblem: (message: string) => void;
}

export class History {
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly state: LiveState,
    private readonly hooks: HistoryHooks,
  ) {}

  async open(id: string): Promise<void> {
    const { rooms, user } = this.state;
    const view = this.state.viewOf(id);
    if (view.timeline.isLoaded || view.isLoading) return;
    view.isLoading = true;
    view.error = null;
    try {
      const head = rooms.get(id)?.pos ?? 0;
      const page = await fetchTimeline(id, { limit: PAGE });
      view.timeline.reset(page.events, Math.max(page.last ?? 0, head), page.isEnd, page.at);
      const room = rooms.get(id);
      if (room) {
        // The server's counts hold already for what this page shows.
        const moved = advance(room, view.timeline.last, page.events, user);
        rooms.set(id, { ...moved, unread: room.unread, mentions: room.mentions });
      }
      this.hooks.onAdded(id, view);
      void this.loadReceipts(id);
      if ((rooms.get(id)?.last ?? 0) > view.timeline.last) await this.catchUp(id);
    } catch (error) {
      view.error = failureOf(error);
    } finally {
      view.isLoading = false;
      this.state.touch(id);
    }
  }

  /** Forget what is held and start from the newest page. */
  async reopen(id: string): Promise<void> {
    if (!this.state.views.get(id)?.timeline.isLoaded) return;
    this.state.views.delete(id);
    await this.open(id);
  }

  /** An older page; answers how many rows came in front. */
  async loadOlder(id: string): Promise<number> {
    const view = this.state.viewOf(id);
    if (!view.timeline.isLoaded || view.timeline.isAtStart || view.isLoading) return 0;
    view.isLoading = true;
    try {
      const page = await fetchTimeline(id, { before: view.timeline.first, limit: PAGE });
      return view.timeline.applyBefore(page.events, page.isEnd, page.at);
    } catch (error) {
      this.hooks.onProblem(messageOf(error));
      return 0;
    } finally {
      view.isLoading = false;
      this.state.touch(id);
    }
  }

  /** The first message after a position that others sent and that counts; null when it cannot be found at once. */
  async firstUnread(id: string, read: number): Promise<LiveEvent | null> {
    try {
      const page = await fetchTimeline(id, { after: read, limit: SEEK });
      return page.events.find((event) => event.sender !== this.state.user && (event.counts ?? event.type === 'm.room.message')) ?? null;
    } catch {
      return null; // the pill goes without a time, and leads there page by page
    }
  }

  /** The page around an event in place of what is held; answers which event that is, or null when it is not shown. */
  async openAround(id: string, event: string): Promise<string | null> {
    const { timeline } = this.state.viewOf(id);
    return this.whileLoading(id, null, async () => {
      const page = await fetchContext(id, { event, before: AROUND, after: AROUND });
      timeline.resetAround(page.events, page.last, page.isEnd, page.isNewest, page.at);
      if (page.isNewest) this.attach(id);
      return page.event;
    });
  }

  /** The page after the held range, until it reaches the newest; answers how many rows came behind. */
  async loadNewer(id: string): Promise<number> {
    const view = this.state.viewOf(id);
    const { timeline } = view;
    const event = timeline.events[timeline.events.length - 1]?.event_id;
    if (timeline.isAtEnd || view.isLoading || !event) return 0;
    return this.whileLoading(id, 0, async () => {
      const page = await fetchContext(id, { event, before: 0, after: PAGE });
      const count = timeline.applyNewer(page.events, page.last, page.isNewest, page.at);
      if (page.isNewest) this.attach(id);
      return count;
    });
  }

  /** Back from a range far behind to the newest page. */
  async toNewest(id: string): Promise<void> {
    const { timeline } = this.state.viewOf(id);
    if (timeline.isAtEnd) return;
    await this.whileLoading(id, undefined, async () => {
      const page = await fetchTimeline(id, { limit: PAGE });
      timeline.reset(page.events, page.last, page.isEnd, page.at);
      this.attach(id);
    });
  }

  /** The range meets the newest events again: what came while it did not is fetched. */
  private attach(id: string): void {
    const view = this.state.viewOf(id);
    this.hooks.onAdded(id, view);
    if ((this.state.rooms.get(id)?.last ?? 0) > view.timeline.last) void this.catchUp(id);
  }

  private async whileLoading<T>(id: string, otherwise: T, work: () => Promise<T>): Promise<T> {
    const view = this.state.viewOf(id);
    view.isLoading = true;
    try {
      return await work();
    } catch (error) {
      this.hooks.onProblem(messageOf(error));
      return otherwise;
    } finally {
      view.isLoading = false;
      this.state.touch(id);
    }
  }

  /** Fetch what is missing after the known position; concurrent asks share one run. */
  catchUp(id: string): Promise<void> {
    let run = this.running.get(id);
    if (!run) {
      run = this.runCatchUp(id).finally(() => this.running.delete(id));
      this.running.set(id, run);
    }
    return run;
  }

  private async runCatchUp(id: string): Promise<void> {
    const { rooms, views, user } = this.state;
    try {
      for (;;) {
        const room = rooms.get(id);
        const view = views.get(id);
        if (!room) return;
        // A range far behind stays as it is; only counts and the preview go on.
        const isHeld = view?.timeline.isLoaded === true && view.timeline.isAtEnd;
        const after = view && isHeld ? view.timeline.last : room.pos;
        const page = await fetchTimeline(id, { after, limit: CATCH_UP_PAGE });
        const shown = page.events[page.events.length - 1]?.seq ?? after;
        const through = Math.max(page.last ?? 0, page.isEnd ? room.last : 0, shown);
        if (view && isHeld && view.timeline.isAtEnd) {
          view.timeline.applyAfter(page.events, through);
          this.hooks.onAdded(id, view);
        }
        this.hooks.onEvents?.(id, page.events);
        const current = rooms.get(id);
        if (current) rooms.set(id, advance(current, through, page.events, user));
        this.state.touch(id);
        if (page.isEnd || through <= after) return;
      }
    } catch {
      // The next heads frame (15 s) or reconnect tries again.
    }
  }

  /** Ask again for messages of which an edit was taken back. */
  async refresh(id: string): Promise<void> {
    const view = this.state.views.get(id);
    if (!view) return;
    for (const event of [...view.timeline.stale]) {
      const seq = view.timeline.find(event)?.seq;
      view.timeline.stale.delete(event);
      if (seq === undefined) continue;
      const page = await fetchTimeline(id, { before: seq + 1, limit: 1 }).catch(() => null);
      for (const fresh of page?.events ?? []) view.timeline.refresh(fresh, page?.at ?? fresh.seq);
    }
    this.state.touch(id);
  }

  async loadReceipts(id: string): Promise<void> {
    try {
      const { positions, members } = await fetchReceipts(id);
      const view = this.state.viewOf(id);
      view.receipts.reset(positions, members);
      view.receiptsVersion += 1;
      this.state.touch(id);
    } catch {
      // Counts stay hidden until the next welcome.
    }
  }

  async loadMembers(id: string): Promise<Member[]> {
    const known = this.state.members.get(id);
    if (known) return known;
    const fresh = await fetchMembers(id);
    this.state.members.set(id, fresh);
    return fresh;
  }
}
