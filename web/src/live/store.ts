/**
 * Rooms, timelines and own messages as the screens see them. The pure parts are in timeline, outbox, rooms and
 * receipts; this store joins them to the socket and to REST, and tells Vue what changed.
 */
import { defineStore } from 'pinia';
import { computed, markRaw, reactive, ref, shallowReactive } from 'vue';

import { ApiError, http, messageOf, randomId } from '@/api/http';
import type { Member } from '@/api/types';
import { t } from '@/i18n';
import { readStored, removeStored, storedKeys, writeStored } from '@/lib/storage';
import { setServerTime } from '@/lib/time';
import { useSession } from '@/stores/session';
import { useToasts } from '@/stores/toasts';

import { fetchMembers, fetchReceipts, fetchRooms, fetchTimeline } from './api';
import { type Draft, readDrafts, writeDraft } from './drafts';
import type { Content, Frame, FrameOf, LiveEvent, RoomEntry } from './frames';
import { matchOutbox, Outbox, type OutEntry } from './outbox';
import { Receipts } from './receipts';
import { advance, byRecency, markRead, mergeEntry, type Room, tsOf } from './rooms';
import { type LineStatus, LiveSocket } from './socket';
import { Timeline } from './timeline';

export type Banner = 'none' | 'reconnecting' | 'offline' | 'recovered';
type PersonHandler = (kind: string, body: unknown) => void;

/** A reconnect shorter than this shows no banner: a blink of the line is nobody's business. */
const BANNER_AFTER_MS = 1500;
const RECOVERED_MS = 3000;
const CATCH_UP_AFTER_MS = 3000;
const TYPING_MS = 6000;
const PAGE = 50;

interface RoomView {
  timeline: Timeline;
  receipts: Receipts;
  /** Raised with each change; screens depend on it instead of on deep reactivity. */
  version: number;
  receiptsVersion: number;
  isLoading: boolean;
  error: string | null;
  typing: string[];
}

export const useLive = defineStore('live', () => {
  const session = useSession();
  const toasts = useToasts();
  const rooms = reactive(new Map<string, Room>());
  const views = shallowReactive(new Map<string, RoomView>());
  const members = reactive(new Map<string, Member[]>());
  const drafts = ref<Record<string, Draft>>({});
  const status = ref<LineStatus>('idle');
  const attempt = ref(0);
  const banner = ref<Banner>('none');
  const caughtUp = ref(0);
  const roomsLoaded = ref(false);
  const outVersion = ref(0);
  let outbox: Outbox | null = null;
  let line: LiveSocket | null = null;
  let user = '';
  let personPos = 0;
  let wasOnline = false;
  let countingCatchUp = false;
  let bannerTimer: ReturnType<typeof setTimeout> | undefined;
  let pumpTimer: ReturnType<typeof setTimeout> | undefined;
  let expireTimer: ReturnType<typeof setInterval> | undefined;
  const catchingUp = new Map<string, Promise<void>>();
  const personHandlers = new Set<PersonHandler>();
  const listed = new Map<string, { unread: number; mentions: number }>();
  const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  const positions = (): Record<string, number> => Object.fromEntries([...rooms].map(([id, room]) => [id, room.pos]));

  const list = computed(() => [...rooms.values()].sort(byRecency));
  const unreadTotal = computed(() => list.value.reduce((sum, room) => sum + (room.muted ? 0 : room.unread), 0));
  const queued = computed(() => (outVersion.value >= 0 ? (outbox?.waiting ?? 0) : 0));

  // ---- line --------------------------------------------------------------

  function start(): void {
    const me = session.me;
    if (!me) return;
    if (user !== me.user_id) reset(me.user_id);
    line?.stop();
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    line = new LiveSocket(`${scheme}://${window.location.host}/live`, {
      hello: () => ({
        positions: positions(),
        person: personPos,
        ...(session.override ? { acting: session.override } : {}),
      }),
      positions,
      onRefusedSession: () => void session.load().catch(() => undefined),
      onFrame,
      onStatus,
      onBadFrame: (keys) => console.warn('live.unknown_frame', keys.join(',')),
    });
    line.start();
    clearInterval(expireTimer);
    expireTimer = setInterval(() => {
      if (status.value === 'online' && outbox?.expire(Date.now(), t('im.send.timeout'))) changedOut();
      pump();
    }, 1000);
    window.addEventListener('storage', onStorage);
  }

  function stop(): void {
    line?.stop();
    line = null;
    clearInterval(expireTimer);
    window.removeEventListener('storage', onStorage);
    if (!session.me) reset('');
  }

  function reset(nextUser: string): void {
    rooms.clear();
    views.clear();
    members.clear();
    roomsLoaded.value = false;
    personPos = 0;
    wasOnline = false;
    banner.value = 'none';
    user = nextUser;
    drafts.value = nextUser ? readDrafts(nextUser) : {};
    outbox = nextUser
      ? markRaw(
          new Outbox(nextUser, { keys: storedKeys, read: (key) => readStored(key), write: writeStored, remove: removeStored }),
        )
      : null;
    changedOut();
  }

  /** Another tab wrote a draft. */
  function onStorage(event: StorageEvent): void {
    if (event.key?.startsWith(`tz.draft.${user}.`)) drafts.value = readDrafts(user);
  }

  function onStatus(next: LineStatus, tries: number): void {
    const previous = status.value;
    status.value = next;
    attempt.value = Math.max(1, tries);
    if (next === 'online') return;
    if (previous === 'online') {
      outbox?.lineLost();
      changedOut();
    }
    if (next === 'offline') {
      clearTimeout(bannerTimer);
      bannerTimer = undefined;
      banner.value = 'offline';
    } else if (next === 'waiting' && wasOnline && banner.value !== 'reconnecting' && !bannerTimer) {
      bannerTimer = setTimeout(() => {
        bannerTimer = undefined;
        if (status.value !== 'online') banner.value = 'reconnecting';
      }, BANNER_AFTER_MS);
    }
  }

  function cameOnline(): void {
    clearTimeout(bannerTimer);
    bannerTimer = undefined;
    const wasAway = banner.value === 'reconnecting' || banner.value === 'offline';
    wasOnline = true;
    if (!wasAway) {
      banner.value = 'none';
      return;
    }
    caughtUp.value = 0;
    countingCatchUp = true;
    banner.value = 'recovered';
    bannerTimer = setTimeout(() => {
      bannerTimer = undefined;
      countingCatchUp = false;
      if (banner.value === 'recovered') banner.value = 'none';
    }, RECOVERED_MS);
  }

  // ---- frames ------------------------------------------------------------

  function onFrame(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        return onWelcome(frame);
      case 'events':
        return onEvents(frame);
      case 'ack':
        for (const item of frame.acks) outbox?.ack(item.txn, item.event_id, item.seq, tsOf(item.ts));
        return onAcked(new Set(frame.acks.map((item) => item.room)));
      case 'refused':
        return onRefused(frame);
      case 'read':
        return setRead(frame.room, frame.seq);
      case 'receipts':
        return onReceipts(frame);
      case 'typing':
        return onTyping(frame);
      case 'heads':
        for (const [room, head] of Object.entries(frame.rooms)) onHead(room, head);
        return;
      case 'person':
        personPos = Math.max(personPos, frame.pos);
        return onPerson(frame);
      case 'gap':
        return void onGap(frame);
      case 'room':
        rooms.set(frame.room, mergeEntry(rooms.get(frame.room), frame));
        members.delete(frame.room);
        return;
      case 'left':
        rooms.delete(frame.room);
        views.delete(frame.room);
        return;
      case 'bye':
        return onBye(frame);
      case 'resume':
      case 'pong':
        return;
    }
  }

  function onWelcome(frame: FrameOf<'welcome'>): void {
    if (frame.server_time !== undefined) setServerTime(frame.server_time);
    personPos = Math.max(personPos, frame.person);
    const present = new Set(frame.rooms.map((entry) => entry.room));
    for (const id of [...rooms.keys()]) {
      if (!present.has(id)) {
        rooms.delete(id);
        views.delete(id);
      }
    }
    for (const entry of frame.rooms) acceptEntry(entry);
    cameOnline();
    if (!roomsLoaded.value) void loadRooms();
    for (const [id, view] of views) {
      if (view.timeline.isLoaded) void loadReceipts(id);
    }
    pump();
  }

  /** An entry of the server's list. A known room keeps its own position: the server sends what lies between. */
  function acceptEntry(entry: RoomEntry): void {
    const known = rooms.get(entry.room);
    if (!known) {
      rooms.set(entry.room, mergeEntry(undefined, entry));
      return;
    }
    const merged = mergeEntry(known, entry);
    // Counts at our own position: the events that are still to come raise them.
    const isBehind = entry.last > known.pos;
    listed.set(entry.room, { unread: entry.unread, mentions: entry.mentions });
    rooms.set(entry.room, isBehind ? { ...merged, unread: known.unread, mentions: known.mentions } : merged);
  }

  /** Names and last messages of the list come by REST; the socket's list has only positions. */
  async function loadRooms(): Promise<void> {
    try {
      const fresh = await fetchRooms();
      adoptDrafts(fresh);
      for (const entry of fresh) {
        const known = rooms.get(entry.room);
        if (known) {
          const merged = mergeEntry(known, entry);
          rooms.set(entry.room, { ...merged, last: Math.max(known.last, entry.last), unread: known.unread, mentions: known.mentions });
        } else rooms.set(entry.room, mergeEntry(undefined, entry));
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.isTransient)) toasts.error(messageOf(error));
    } finally {
      roomsLoaded.value = true;
    }
  }

  /** Drafts begun on another device; one on this device wins. */
  function adoptDrafts(entries: readonly RoomEntry[]): void {
    const next = { ...drafts.value };
    for (const entry of entries) {
      const text = (entry as { draft?: unknown }).draft;
      if (typeof text === 'string' && text.trim() && !next[entry.room]) next[entry.room] = { text, at: 0 };
    }
    drafts.value = next;
  }

  function onEvents(frame: FrameOf<'events'>): void {
    const room = rooms.get(frame.room);
    if (!room) return;
    if (countingCatchUp) caughtUp.value += frame.events.filter((event) => event.sender !== user).length;
    const view = views.get(frame.room);
    if (view?.timeline.isLoaded) {
      const applied = view.timeline.applyFrame(frame.first, frame.last, frame.events);
      if (applied === 'gap') return void catchUp(frame.room);
      if (applied === 'applied') settleOwn(frame.room, view);
    }
    rooms.set(frame.room, advance(room, frame.last, frame.events, user));
    if (frame.events.some((event) => event.type === 'm.room.member')) members.delete(frame.room);
    if (view) {
      const senders = new Set(frame.events.map((event) => event.sender));
      if (view.typing.length > 0) view.typing = view.typing.filter((id) => !senders.has(id));
    }
    touch(frame.room);
  }

  function onAcked(changed: Set<string>): void {
    changedOut();
    for (const id of changed) {
      const view = views.get(id);
      if (view) settleOwn(id, view);
      touch(id);
    }
  }

  function onRefused(frame: FrameOf<'refused'>): void {
    if (!frame.txn || !outbox?.get(frame.txn)) {
      if (frame.message) toasts.error(frame.message);
      return;
    }
    const delay = frame.retry_after_ms ?? null;
    outbox.refuse(frame.txn, frame.code, frame.message || t('im.send.refused'), delay, Date.now());
    changedOut();
    pump();
  }

  function onReceipts(frame: FrameOf<'receipts'>): void {
    const view = views.get(frame.room);
    if (!view) return;
    for (const [from, to, count] of frame.moves) view.receipts.move(from, to, typeof count === 'number' ? count : 1);
    view.receiptsVersion += 1;
    touch(frame.room);
  }

  function onTyping(frame: FrameOf<'typing'>): void {
    const view = views.get(frame.room);
    if (!view || frame.user === user) return;
    const others = view.typing.filter((id) => id !== frame.user);
    view.typing = frame.on ? [...others, frame.user] : others;
    const key = `${frame.room} ${frame.user}`;
    clearTimeout(typingTimers.get(key));
    if (!frame.on) return;
    typingTimers.set(
      key,
      setTimeout(() => {
        view.typing = view.typing.filter((id) => id !== frame.user);
      }, TYPING_MS),
    );
  }

  function onPerson(frame: FrameOf<'person'>): void {
    const body = frame.body ?? frame;
    if (frame.kind === 'session') void session.load().catch(() => undefined);
    for (const handler of personHandlers) handler(frame.kind, body);
  }

  /** Too much was missed to be sent: start from the newest page, with the counts of the server's list. */
  async function onGap(frame: FrameOf<'gap'>): Promise<void> {
    const room = rooms.get(frame.room);
    if (!room) return;
    rooms.set(frame.room, { ...room, pos: frame.last, last: Math.max(room.last, frame.last), ...(listed.get(frame.room) ?? {}) });
    if (!views.get(frame.room)?.timeline.isLoaded) return;
    views.delete(frame.room);
    await openRoom(frame.room);
  }

  function onBye(frame: FrameOf<'bye'>): void {
    const code = String(frame.code);
    if (/sign|session|revoked|unauth|4401/.test(code)) {
      if (frame.message) toasts.error(frame.message);
      void session.load().catch(() => undefined);
    }
  }

  /** The server's head is ahead of us: give the frames a moment, then fetch. */
  function onHead(id: string, head: number): void {
    const room = rooms.get(id);
    if (!room || head <= room.pos) return;
    const before = room.pos;
    setTimeout(() => {
      // Unmoved since: the frames were lost, not merely on their way.
      if (rooms.get(id)?.pos === before) void catchUp(id);
    }, CATCH_UP_AFTER_MS);
  }

  // ---- history -----------------------------------------------------------

  function viewOf(id: string): RoomView {
    let view = views.get(id);
    if (!view) {
      view = shallowReactive({
        timeline: markRaw(new Timeline()),
        receipts: markRaw(new Receipts()),
        version: 0,
        receiptsVersion: 0,
        isLoading: false,
        error: null as string | null,
        typing: [] as string[],
      });
      views.set(id, view);
    }
    return view;
  }

  function touch(id: string): void {
    const view = views.get(id);
    if (view) view.version += 1;
  }

  async function openRoom(id: string): Promise<void> {
    const view = viewOf(id);
    if (view.timeline.isLoaded || view.isLoading) return;
    view.isLoading = true;
    view.error = null;
    try {
      const head = rooms.get(id)?.pos ?? 0;
      const page = await fetchTimeline(id, { limit: PAGE });
      view.timeline.reset(page.events, Math.max(page.last ?? 0, head), page.isEnd);
      const room = rooms.get(id);
      if (room) rooms.set(id, { ...advance(room, view.timeline.last, page.events, user), unread: room.unread, mentions: room.mentions });
      settleOwn(id, view);
      void loadReceipts(id);
      if (rooms.get(id) && (rooms.get(id)?.last ?? 0) > view.timeline.last) await catchUp(id);
    } catch (error) {
      view.error = messageOf(error);
    } finally {
      view.isLoading = false;
      touch(id);
    }
  }

  /** An older page; answers how many rows came in front. */
  async function loadOlder(id: string): Promise<number> {
    const view = viewOf(id);
    if (!view.timeline.isLoaded || view.timeline.isAtStart || view.isLoading) return 0;
    view.isLoading = true;
    try {
      const page = await fetchTimeline(id, { before: view.timeline.first, limit: PAGE });
      return view.timeline.applyBefore(page.events, page.isEnd);
    } catch (error) {
      toasts.error(messageOf(error));
      return 0;
    } finally {
      view.isLoading = false;
      touch(id);
    }
  }

  /** Fetch what is missing after the known position; concurrent asks share one run. */
  function catchUp(id: string): Promise<void> {
    let run = catchingUp.get(id);
    if (!run) {
      run = runCatchUp(id).finally(() => catchingUp.delete(id));
      catchingUp.set(id, run);
    }
    return run;
  }

  async function runCatchUp(id: string): Promise<void> {
    const view = views.get(id);
    try {
      for (;;) {
        const room = rooms.get(id);
        if (!room) return;
        const after = view?.timeline.isLoaded ? view.timeline.last : room.pos;
        const page = await fetchTimeline(id, { after, limit: 200 });
        const through = Math.max(page.last ?? 0, page.isEnd ? room.last : 0, page.events[page.events.length - 1]?.seq ?? after);
        if (view?.timeline.isLoaded) {
          view.timeline.applyAfter(page.events, through);
          settleOwn(id, view);
        }
        const current = rooms.get(id);
        if (current) rooms.set(id, advance(current, through, page.events, user));
        touch(id);
        if (page.isEnd || through <= after) return;
      }
    } catch {
      // The next heads frame (15 s) or reconnect tries again.
    }
  }

  async function loadReceipts(id: string): Promise<void> {
    try {
      const { positions: histogram, members: count } = await fetchReceipts(id);
      const view = viewOf(id);
      view.receipts.reset(histogram, count);
      view.receiptsVersion += 1;
      touch(id);
    } catch {
      // Counts stay hidden until the next welcome.
    }
  }

  async function loadMembers(id: string): Promise<Member[]> {
    const known = members.get(id);
    if (known) return known;
    const fresh = await fetchMembers(id);
    members.set(id, fresh);
    return fresh;
  }

  // ---- sending -----------------------------------------------------------

  const changedOut = (): void => {
    outVersion.value += 1;
  };

  function send(room: string, content: Content, event = 'm.room.message'): string {
    if (!outbox) return '';
    const txn = randomId('w');
    const known = Math.max(rooms.get(room)?.pos ?? 0, views.get(room)?.timeline.last ?? 0);
    outbox.add({ txn, room, event, content, createdAt: Date.now(), after: known });
    changedOut();
    touch(room);
    pump();
    return txn;
  }

  /** Put on the wire what may go now. */
  function pump(): void {
    if (!outbox || !line || status.value !== 'online') return;
    const now = Date.now();
    for (const entry of outbox.due(now)) {
      const frame = { type: 'send', txn: entry.txn, room: entry.room, event: entry.event, content: entry.content };
      if (!line.send(frame)) return;
      outbox.markSent(entry.txn, now);
      changedOut();
      touch(entry.room);
    }
    clearTimeout(pumpTimer);
    const next = outbox.nextDue();
    if (next !== null && next > now) pumpTimer = setTimeout(pump, next - now);
  }

  /** Own events that arrived take the place of their entries. */
  function settleOwn(id: string, view: RoomView): void {
    if (!outbox) return;
    let changed = false;
    for (const entry of outbox.inRoom(id)) {
      if (!entry.eventId) continue;
      const event = view.timeline.find(entry.eventId);
      if (!event) continue;
      event.txn = entry.txn;
      outbox.remove(entry.txn);
      changed = true;
    }
    if (changed) changedOut();
  }

  function retrySend(txn: string): void {
    outbox?.retry(txn);
    changedOut();
    pump();
  }

  function discard(txn: string): void {
    const room = outbox?.get(txn)?.room;
    outbox?.remove(txn);
    changedOut();
    if (room) touch(room);
  }

  /** What a room shows: timeline events, and own messages that are not among them yet. */
  function rowsOf(id: string): { events: LiveEvent[]; pending: OutEntry[]; keys: Map<string, string> } {
    const view = views.get(id);
    const depends = (view?.version ?? 0) + outVersion.value;
    if (!view || depends < 0) return { events: [], pending: [], keys: new Map() };
    const entries = outbox?.inRoom(id) ?? [];
    const tail = view.timeline.events.slice(-100);
    const keys = matchOutbox(entries, tail, user);
    const matched = new Set(keys.values());
    return { events: view.timeline.events, pending: entries.filter((entry) => !matched.has(entry.txn)), keys };
  }

  // ---- reading, drafts, typing -------------------------------------------

  function setRead(id: string, seq: number): void {
    const room = rooms.get(id);
    if (!room) return;
    const view = views.get(id);
    rooms.set(id, markRead(room, seq, view?.timeline.isLoaded ? view.timeline.unreadAfter(seq, user) : null));
  }

  function sendRead(id: string, seq: number): void {
    setRead(id, seq);
    if (!line?.send({ type: 'read', room: id, seq })) {
      http.post(`/rooms/${encodeURIComponent(id)}/read`, { seq }).catch(() => undefined);
    }
  }

  function setDraft(id: string, text: string): void {
    writeDraft(user, id, text, Date.now());
    const next = { ...drafts.value };
    if (text.trim()) next[id] = { text, at: Date.now() };
    else Reflect.deleteProperty(next, id);
    drafts.value = next;
  }

  const sendTyping = (id: string, on: boolean): void => void line?.send({ type: 'typing', room: id, on });
  const retryNow = (): void => line?.retryNow();

  /** Order, pending and account frames for other features; answers how to stop listening. */
  function onPersonFrame(handler: PersonHandler): () => void {
    personHandlers.add(handler);
    return () => personHandlers.delete(handler);
  }

  return {
    rooms, views, members, drafts, status, attempt, banner, caughtUp, roomsLoaded, list, unreadTotal, queued,
    start, stop, openRoom, loadOlder, loadMembers, loadRooms, viewOf, rowsOf, send, retrySend, discard,
    sendRead, setDraft, sendTyping, retryNow, onPersonFrame,
  };
});
