/** Threads on this device: what is unread in those that one follows, and the replies of the one that is open. */
import { defineStore } from 'pinia';
import { computed, markRaw, reactive, shallowReactive } from 'vue';

import { type Failure, failureOf, http, messageOf } from '@/api/http';
import { eventSchema, type LiveEvent } from '@/live/frames';
import { useLive } from '@/live/store';
import { threadOf, Timeline, type TimelineEvent } from '@/live/timeline';
import { useSession } from '@/stores/session';
import { useToasts } from '@/stores/toasts';

export interface ThreadMark {
  room: string;
  root: string;
  read: number;
  unread: number;
}

export interface ThreadView {
  timeline: Timeline;
  root: TimelineEvent | null;
  version: number;
  isLoading: boolean;
  error: Failure;
  read: number;
  following: boolean;
  /** Events that came while a page was on its way. */
  missed: LiveEvent[];
}

interface RawPage {
  root: unknown;
  items: unknown[];
  next: string | null;
  at: number;
  read: number;
  following: boolean;
  unread: number;
}

const keyOf = (room: string, root: string): string => `${room} ${root}`;
export const pathOf = (room: string, root: string, rest = ''): string => `/rooms/${encodeURIComponent(room)}/threads/${encodeURIComponent(root)}${rest}`;

function parse(items: unknown[]): LiveEvent[] {
  return items.flatMap((item) => {
    const result = eventSchema.safeParse(item);
    return result.success ? [result.data] : [];
  });
}

export const useThreads = defineStore('threads', () => {
  const live = useLive();
  const session = useSession();
  const marks = reactive(new Map<string, ThreadMark>());
  const views = shallowReactive(new Map<string, ThreadView>());
  let isStarted = false;
  const me = computed(() => session.me?.user_id ?? '');

  /** Listen from the first use on; a second call does nothing. */
  function start(): void {
    if (isStarted) return;
    isStarted = true;
    live.onEventsFrame(onEvents);
    live.onPersonFrame(onPerson);
    void loadMarks();
  }

  async function loadMarks(): Promise<void> {
    try {
      const { items } = await http.get<{ items: ThreadMark[] }>('/threads/unread');
      marks.clear();
      for (const mark of items) marks.set(keyOf(mark.room, mark.root), mark);
    } catch {
      // Counts stay as they are until the next event.
    }
  }

  function onEvents(room: string, events: readonly LiveEvent[] | null): void {
    if (events === null) {
      for (const [key] of views) if (key.startsWith(`${room} `)) void reload(key);
      return void loadMarks();
    }
    let isNews = false;
    for (const [key, view] of views) {
      if (!key.startsWith(`${room} `)) continue;
      if (view.isLoading) view.missed.push(...events);
      if (!view.timeline.isLoaded) continue;
      view.timeline.applyAfter(events, events[events.length - 1]?.seq ?? view.timeline.last);
      // Who replies follows; the server says the same.
      if (events.some((event) => event.sender === me.value && threadOf(event) === view.root?.event_id)) view.following = true;
      const root = view.root;
      const said = root && events.find((event) => event.content['redacts'] === root.event_id);
      if (root && said) view.root = { ...root, isRedacted: true };
      view.version += 1;
    }
    for (const event of events) {
      // Whether one follows a thread is the server's to say; so is what is left when a reply goes.
      isNews ||= (threadOf(event) !== null && event.sender !== me.value) || 'org.tongzhou.undone' in event.content;
    }
    if (isNews) askLater();
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  function askLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void loadMarks();
    }, 500 + Math.random() * 500);
  }

  function onPerson(kind: string, body: unknown): void {
    if (kind !== 'thread') return;
    const { room, root, read, following } = body as ThreadMark & { following: boolean };
    const view = views.get(keyOf(room, root));
    if (view) Object.assign(view, { read: Math.max(view.read, read), following });
    askLater();
  }

  function viewOf(room: string, root: TimelineEvent): ThreadView {
    const key = keyOf(room, root.event_id);
    let view = views.get(key);
    if (!view) {
      view = shallowReactive({
        timeline: markRaw(new Timeline(me.value, root.event_id)),
        root, version: 0, isLoading: false, error: null as Failure, read: 0, following: false, missed: [] as LiveEvent[],
      });
      views.set(key, view);
    }
    return view;
  }

  async function open(room: string, root: TimelineEvent): Promise<void> {
    const view = viewOf(room, root);
    if (!view.timeline.isLoaded) await load(room, root.event_id, view);
  }

  async function reload(key: string): Promise<void> {
    const [room = '', root = ''] = key.split(' ');
    const view = views.get(key);
    if (view) await load(room, root, view);
  }

  async function load(room: string, root: string, view: ThreadView): Promise<void> {
    view.isLoading = true;
    view.error = null;
    try {
      const page = await http.get<RawPage>(pathOf(room, root));
      view.timeline.reset(parse(page.items), page.at, page.next === null || page.next === undefined, page.at);
      const later = view.missed.filter((event) => event.seq > page.at);
      if (later.length > 0) view.timeline.applyAfter(later, later[later.length - 1]?.seq ?? page.at);
      Object.assign(view, { read: page.read, following: page.following });
    } catch (error) {
      view.error = failureOf(error);
    } finally {
      view.isLoading = false;
      view.missed = [];
      view.version += 1;
    }
  }

  async function loadOlder(room: string, root: string): Promise<void> {
    const view = views.get(keyOf(room, root));
    if (!view || view.isLoading || view.timeline.isAtStart) return;
    view.isLoading = true;
    try {
      const page = await http.get<RawPage>(pathOf(room, root), { before: view.timeline.first });
      view.timeline.applyBefore(parse(page.items), page.next === null || page.next === undefined, page.at);
    } catch (error) {
      useToasts().error(messageOf(error));
    } finally {
      view.isLoading = false;
      view.version += 1;
    }
  }

  async function markRead(room: string, root: string, seq: number): Promise<void> {
    const key = keyOf(room, root);
    const view = views.get(key);
    if (!view || seq <= view.read) return;
    view.read = seq;
    marks.delete(key);
    await http.post(pathOf(room, root, '/read'), { seq }).catch(() => undefined);
  }

  async function follow(room: string, root: string, on: boolean): Promise<void> {
    const view = views.get(keyOf(room, root));
    try {
      await http.put(pathOf(room, root, '/follow'), { on });
      if (view) view.following = on;
      if (!on) marks.delete(keyOf(room, root));
    } catch (error) {
      useToasts().error(messageOf(error));
    }
  }

  const unreadIn = (room: string): number => [...marks.values()].reduce((sum, mark) => sum + (mark.room === room ? mark.unread : 0), 0);
  const unreadOf = (room: string, root: string): number => marks.get(keyOf(room, root))?.unread ?? 0;
  const get = (room: string, root: string): ThreadView | null => views.get(keyOf(room, root)) ?? null;

  return { start, open, get, loadOlder, markRead, follow, unreadIn, unreadOf };
});
