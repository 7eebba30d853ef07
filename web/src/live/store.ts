/**
 * Rooms, timelines and own messages as the screens see them. The pure parts are in timeline, outbox, rooms and
 * receipts; history reads by REST, sending writes; this store joins them to the socket.
 */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { ApiError, http, messageOf } from '@/api/http';
import type { Page } from '@/api/types';
import { serverNow, setServerTime } from '@/lib/time';
import { useSession } from '@/stores/session';
import { useToasts } from '@/stores/toasts';

import { fetchRooms } from './api';
import { ConnectionBanner } from './banner';
import { type Draft, draftKey, forgetLater, readDrafts, type RemoteDraft, sendLater, sendNow, storeDraft, takeRemote } from './drafts';
import type { Content, Frame, FrameOf, LiveEvent, RoomEntry } from './frames';
import { History } from './history';
import { advance, byRecency, markRead, mergeEntry, type Room } from './rooms';
import type { OutEntry } from './outbox';
import { Sending } from './sending';
import { type LineStatus, LiveSocket } from './socket';
import { LiveState } from './state';
import { relationOf } from './timeline';

type PersonHandler = (kind: string, body: unknown) => void;
/** Events of a room as they come, each once but for catch-ups; null: too much was missed, ask again. */
type EventsHandler = (room: string, events: readonly LiveEvent[] | null) => void;
type NoteHandler = (room: string, kind: string, body: Record<string, unknown>) => void;
type NewEventsHandler = (room: Room, events: readonly LiveEvent[]) => void;

const CATCH_UP_AFTER_MS = 3000;
const TYPING_MS = 6000;

/** Good-byes after which the client reconnects without a word (docs/protocol.md). */
const PASSING = new Set(['no_hello', 'no_report', 'too_fast', 'try_later']);

export const useLive = defineStore('live', () => {
  const session = useSession();
  const toasts = useToasts();
  const state = new LiveState();
  const { rooms, views, members } = state;
  const bar = new ConnectionBanner();
  const sending = new Sending(
    state,
    (frame) => line?.send(frame) ?? false,
    (message) => toasts.error(message),
    (entry) => onAcked(entry),
  );
  const history = new History(state, {
    onAdded: (room, view) => sending.settle(room, view),
    onEvents: (room, events) => tellEvents(room, events),
    onProblem: (message) => toasts.error(message),
  });

  const drafts = ref<Record<string, Draft>>({});
  const status = ref<LineStatus>('idle');
  const attempt = ref(0);
  const roomsLoaded = ref(false);
  let line: LiveSocket | null = null;
  let personPos = 0;
  let ticker: ReturnType<typeof setInterval> | undefined;
  /** The server's counts of rooms that are behind, for when it answers with a gap instead of the events. */
  const listed = new Map<string, { unread: number; mentions: number }>();
  const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  const personHandlers = new Set<PersonHandler>();
  const eventsHandlers = new Set<EventsHandler>();
  const noteHandlers = new Set<NoteHandler>();
  const newEventsHandlers = new Set<NewEventsHandler>();
  /** Who is on line in the room that is shown. */
  const online = ref<{ room: string; users: Set<string> }>({ room: '', users: new Set() });
  let watched: string | null = null;

  const list = computed(() => [...rooms.values()].sort(byRecency));
  const unreadTotal = computed(() => list.value.reduce((sum, room) => sum + (room.muted ? 0 : room.unread), 0));
  const queued = computed(() => (sending.version.value >= 0 ? sending.waiting : 0));

  // ---- line --------------------------------------------------------------

  function start(): void {
    const me = session.me;
    if (!me) return;
    if (state.user !== me.user_id) reset(me.user_id);
    line?.stop();
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    line = new LiveSocket(`${scheme}://${window.location.host}/live`, {
      hello: () => ({
        positions: state.positions(),
        person: personPos,
        ...(session.override ? { acting: session.override } : {}),
      }),
      positions: () => state.positions(),
      onRefusedSession: () => void session.load().catch(() => undefined),
      onFrame,
      onStatus,
      onBadFrame: (keys) => console.warn('live.unknown_frame', keys.join(',')),
    });
    line.start();
    clearInterval(ticker);
    ticker = setInterval(() => status.value === 'online' && sending.tick(), 1000);
    window.addEventListener('storage', onStorage);
  }

  function stop(): void {
    line?.stop();
    line = null;
    clearInterval(ticker);
    window.removeEventListener('storage', onStorage);
    if (!session.me) reset('');
  }

  function reset(user: string): void {
    state.clear(user);
    listed.clear();
    bar.reset();
    sending.reset(user);
    roomsLoaded.value = false;
    personPos = 0;
    drafts.value = user ? readDrafts(user) : {};
  }

  /** Another tab wrote a draft. */
  function onStorage(event: StorageEvent): void {
    if (event.key?.startsWith(`tz.draft.${state.user}.`)) drafts.value = readDrafts(state.user);
  }

  function onStatus(next: LineStatus, tries: number): void {
    if (status.value === 'online' && next !== 'online') sending.lineLost();
    status.value = next;
    attempt.value = Math.max(1, tries);
    bar.lineChanged(next);
  }

  // ---- frames ------------------------------------------------------------

  function onFrame(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        return onWelcome(frame);
      case 'events':
        return onEvents(frame);
      case 'ack':
        return sending.onAcks(frame.acks);
      case 'refused':
        return sending.onRefused(frame);
      case 'read':
        return setRead(frame.room, frame.seq);
      case 'receipts':
        return onReceipts(frame);
      case 'typing':
        return onTyping(frame);
      case 'presence':
        online.value = { room: frame.room, users: new Set(frame.online) };
        return;
      case 'room_note':
        return onNote(frame);
      case 'heads':
        for (const [room, head] of Object.entries(frame.rooms)) onHead(room, head);
        return;
      case 'person':
        return onPerson(frame);
      case 'gap':
        return onGap(frame);
      case 'room':
        rooms.set(frame.room, mergeEntry(rooms.get(frame.room), frame));
        members.delete(frame.room);
        return void loadRooms();
      case 'left':
        rooms.delete(frame.room);
        views.delete(frame.room);
        return;
      case 'bye':
        if (PASSING.has(String(frame.code))) return; // the banner says it, and the line comes back by itself
        if (frame.message) toasts.error(frame.message);
        return void session.load().catch(() => undefined);
      case 'resume':
        return sending.resumed();
      case 'pong':
        return;
    }
  }

  function onWelcome(frame: FrameOf<'welcome'>): void {
    if (frame.server_time !== undefined) setServerTime(frame.server_time);
    personPos = Math.max(personPos, frame.person);
    const present = new Set(frame.rooms.map((entry) => entry.room));
    for (const id of [...rooms.keys()].filter((known) => !present.has(known))) {
      rooms.delete(id);
      views.delete(id);
    }
    for (const entry of frame.rooms) acceptEntry(entry);
    bar.cameOnline();
    if (watched !== null) line?.send({ type: 'watch', room: watched });
    if (!roomsLoaded.value) void loadRooms();
    for (const [id, view] of views) if (view.timeline.isLoaded) void history.loadReceipts(id);
    sending.pump();
  }

  /** An entry of the server's list. A known room keeps its own position: the server sends what lies between. */
  function acceptEntry(entry: RoomEntry): void {
    const known = rooms.get(entry.room);
    const merged = mergeEntry(known, entry);
    listed.set(entry.room, { unread: entry.unread, mentions: entry.mentions });
    // Counts at our own position: the events that are still to come raise them.
    const isBehind = known !== undefined && entry.last > known.pos;
    rooms.set(entry.room, isBehind ? { ...merged, unread: known.unread, mentions: known.mentions } : merged);
  }

  /** Previews and drafts of the list come by REST; the socket's list has only positions and counts. */
  async function loadRooms(): Promise<void> {
    try {
      const fresh = await fetchRooms();
      void loadDrafts();
      for (const entry of fresh) {
        const known = rooms.get(entry.room);
        const merged = mergeEntry(known, entry);
        // Counts follow the frames from here on; this answer may be older than they are.
        rooms.set(entry.room, known ? { ...merged, last: Math.max(known.last, entry.last), unread: known.unread, mentions: known.mentions } : merged);
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.isTransient)) toasts.error(messageOf(error));
    } finally {
      roomsLoaded.value = true;
    }
  }

  /** Drafts of this person's other devices. */
  async function loadDrafts(): Promise<void> {
    const fresh = await http.get<Page<RemoteDraft>>('/drafts').catch(() => null);
    for (const draft of fresh?.items ?? []) adoptDraft(draft);
  }

  function adoptDraft(remote: RemoteDraft): void {
    const before = drafts.value;
    drafts.value = takeRemote(before, remote);
    const key = draftKey(remote.room, remote.thread ?? null);
    if (drafts.value !== before) storeDraft(state.user, key, drafts.value[key] ?? { text: '', at: remote.at });
  }

  function tellEvents(room: string, events: readonly LiveEvent[] | null): void {
    if (events) sending.arrived(room, events);
    for (const handler of eventsHandlers) handler(room, events);
  }

  function onEventsFrame(handler: EventsHandler): () => void {
    eventsHandlers.add(handler);
    return () => eventsHandlers.delete(handler);
  }

  function onEvents(frame: FrameOf<'events'>): void {
    sending.onAcks(frame.acks);
    const room = rooms.get(frame.room);
    if (!room) return;
    const view = views.get(frame.room);
    if (view?.timeline.isLoaded) {
      const applied = view.timeline.applyFrame(frame.first, frame.last, frame.events);
      if (applied === 'gap') return void history.catchUp(frame.room);
      sending.settle(frame.room, view);
      if (view.timeline.stale.size > 0) void history.refresh(frame.room);
    }
    tellEvents(frame.room, frame.events);
    bar.count(frame.events.filter((event) => event.counts && event.sender !== state.user).length);
    const fresh = frame.events.filter((event) => event.seq > room.pos);
    rooms.set(frame.room, advance(room, frame.last, frame.events, state.user));
    if (fresh.length > 0) for (const handler of newEventsHandlers) handler(room, fresh);
    if (frame.events.some((event) => event.type === 'm.room.member')) members.delete(frame.room);
    if (view && view.typing.length > 0) {
      const senders = new Set(frame.events.map((event) => event.sender));
      view.typing = view.typing.filter((id) => !senders.has(id));
    }
    state.touch(frame.room);
  }

  function onReceipts(frame: FrameOf<'receipts'>): void {
    const view = views.get(frame.room);
    if (!view) return;
    for (const [from, to] of frame.moves) view.receipts.move(from, to);
    view.receiptsVersion += 1;
    state.touch(frame.room);
  }

  function onTyping(frame: FrameOf<'typing'>): void {
    const view = views.get(frame.room);
    if (!view || frame.user === state.user) return;
    const without = (): string[] => view.typing.filter((id) => id !== frame.user);
    const key = `${frame.room} ${frame.user}`;
    clearTimeout(typingTimers.get(key));
    view.typing = frame.on ? [...without(), frame.user] : without();
    if (!frame.on) return;
    const forget = (): void => {
      view.typing = without();
    };
    typingTimers.set(key, setTimeout(forget, TYPING_MS));
  }

  function onPerson(frame: FrameOf<'person'>): void {
    personPos = Math.max(personPos, frame.pos);
    if (frame.kind === 'session') void session.load().catch(() => undefined);
    if (frame.kind === 'draft') onDraft(frame);
    if (frame.kind === 'settings') onSettings(frame);
    if (frame.kind === 'confirmed' || frame.kind === 'nudge') void loadRooms();
    for (const handler of personHandlers) handler(frame.kind, frame.body ?? frame);
  }

  function onDraft(frame: FrameOf<'person'>): void {
    const { room, text, at } = frame as { room?: unknown; text?: unknown; at?: unknown };
    if (typeof room === 'string' && typeof text === 'string' && typeof at === 'number') adoptDraft(frame as unknown as RemoteDraft);
  }

  /** Own settings of a room, changed on whatever device. */
  function onSettings(frame: FrameOf<'person'>): void {
    const { room: id, muted, notify, pinned } = frame as { room?: unknown; muted?: unknown; notify?: unknown; pinned?: unknown };
    const room = typeof id === 'string' ? rooms.get(id) : undefined;
    if (!room) return;
    rooms.set(room.room, {
      ...room,
      ...(typeof muted === 'boolean' ? { muted } : {}),
      ...(typeof notify === 'string' ? { notify } : {}),
      ...(typeof pinned === 'boolean' ? { pinned } : {}),
    });
  }

  /** Something about a room has changed that is no event of it. */
  function onNote(frame: FrameOf<'room_note'>): void {
    if (frame.kind === 'settings') void loadRooms();
    for (const handler of noteHandlers) handler(frame.room, frame.kind, frame);
  }

  /** The room that is shown, for who is on line in it; null for none. */
  function watchRoom(id: string | null): void {
    watched = id;
    online.value = { room: id ?? '', users: new Set() };
    line?.send({ type: 'watch', room: id });
  }

  /** Too much was missed to be sent: start from the newest page, with the counts of the server's list. */
  function onGap(frame: FrameOf<'gap'>): void {
    const room = rooms.get(frame.room);
    if (!room) return;
    rooms.set(frame.room, { ...room, ...listed.get(frame.room), pos: frame.last, last: Math.max(room.last, frame.last) });
    void history.reopen(frame.room);
    tellEvents(frame.room, null);
  }

  /** The server's head is ahead of us: give the frames a moment, then fetch. */
  function onHead(id: string, head: number): void {
    const before = rooms.get(id)?.pos;
    if (before === undefined || head <= before) return;
    setTimeout(() => {
      // Unmoved since: the frames were lost, not merely on their way.
      if (rooms.get(id)?.pos === before) void history.catchUp(id);
    }, CATCH_UP_AFTER_MS);
  }

  // ---- reading, drafts, typing -------------------------------------------

  function setRead(id: string, seq: number): void {
    const room = rooms.get(id);
    if (!room) return;
    const timeline = views.get(id)?.timeline;
    rooms.set(id, markRead(room, seq, timeline?.isLoaded && timeline.isAtEnd ? timeline.unreadAfter(seq, state.user) : null));
  }

  function sendRead(id: string, seq: number): void {
    setRead(id, seq);
    if (line?.send({ type: 'read', room: id, seq })) return;
    http.post(`/rooms/${encodeURIComponent(id)}/read`, { seq }).catch(() => undefined);
  }

  function setDraft(id: string, text: string, thread: string | null = null): void {
    const key = draftKey(id, thread);
    const draft = { text, at: serverNow() };
    keepDraft(key, draft);
    sendLater(key, draft);
  }

  function keepDraft(key: string, draft: Draft): void {
    storeDraft(state.user, key, draft);
    const next = { ...drafts.value };
    if (draft.text.trim()) next[key] = draft;
    else Reflect.deleteProperty(next, key);
    drafts.value = next;
  }

  /** The words are in the outbox: gone here at once, on the server when the message is acknowledged. */
  function clearDraft(id: string, thread: string | null = null): void {
    const key = draftKey(id, thread);
    forgetLater(key);
    keepDraft(key, { text: '', at: serverNow() });
  }

  function onAcked(entry: OutEntry): void {
    const { relType, target } = relationOf(entry.content);
    if (relType === 'm.replace') return;
    const key = draftKey(entry.room, relType === 'm.thread' ? target : null);
    if (!drafts.value[key]) sendNow(key, { text: '', at: serverNow() });
  }

  /** Order, pending and account frames for other features; answers how to stop listening. */
  function onPersonFrame(handler: PersonHandler): () => void {
    personHandlers.add(handler);
    return () => personHandlers.delete(handler);
  }

  /** Notes about rooms (docs/protocol.md, `room_note`); answers how to stop listening. */
  function onRoomNote(handler: NoteHandler): () => void {
    noteHandlers.add(handler);
    return () => noteHandlers.delete(handler);
  }

  /** Events as they come in by the socket, with the room as it was before them; answers how to stop listening. */
  function onNewEvents(handler: NewEventsHandler): () => void {
    newEventsHandlers.add(handler);
    return () => newEventsHandlers.delete(handler);
  }

  return {
    rooms, views, members, drafts, status, attempt, roomsLoaded, list, unreadTotal, queued,
    banner: bar.kind,
    caughtUp: bar.caughtUp,
    start, stop, loadRooms, sendRead, setDraft, clearDraft, onPersonFrame, onEventsFrame,
    pendingIn: (room: string, root: string) => sending.pendingIn(room, root), onRoomNote, onNewEvents, watchRoom, online,
    openRoom: (id: string) => history.open(id),
    loadOlder: (id: string) => history.loadOlder(id),
    openAround: (id: string, event: string) => history.openAround(id, event),
    firstUnread: (id: string, read: number) => history.firstUnread(id, read),
    loadNewer: (id: string) => history.loadNewer(id),
    toNewest: (id: string) => history.toNewest(id),
    loadMembers: (id: string) => history.loadMembers(id),
    rowsOf: (id: string) => sending.rowsOf(id),
    send: (room: string, content: Content, event = 'm.room.message') => sending.send(room, content, event),
    retrySend: (txn: string) => sending.retry(txn),
    discard: (txn: string) => sending.discard(txn),
    sendTyping: (id: string, on: boolean) => void line?.send({ type: 'typing', room: id, on }),
    retryNow: () => line?.retryNow(),
  };
});
