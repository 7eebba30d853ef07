/**
 * Drafts of rooms and threads: on this device at once, on the server after a second's pause, gone there only when the
 * message is acknowledged. The one that was typed last wins, on whatever device.
 */
import { http, randomId } from '@/api/http';
import { readStored, removeStored, storedKeys, writeStored } from '@/lib/storage';

export interface Draft {
  text: string;
  /** When it was typed, ms. */
  at: number;
  /** Typed elsewhere. */
  isRemote?: boolean;
}

export interface RemoteDraft {
  room: string;
  thread?: string | null;
  text: string;
  at: number;
  client?: string;
}

const SERVER_IDLE_MS = 1000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();
/** Names this window: its own words come back to it. */
const client = randomId('c');

/** Of a room, or of a thread in it. */
export const draftKey = (room: string, thread: string | null = null): string => (thread ? `${room} ${thread}` : room);
const storageKey = (user: string, key: string): string => `tz.draft.${user}.${key}`;

export function readDrafts(user: string): Record<string, Draft> {
  const prefix = storageKey(user, '');
  const drafts: Record<string, Draft> = {};
  for (const key of storedKeys(prefix)) {
    const draft = readStored<Draft>(key);
    if (draft?.text && typeof draft.text === 'string') drafts[key.slice(prefix.length)] = draft;
  }
  return drafts;
}

/** On this device; an empty text removes it. */
export function storeDraft(user: string, key: string, draft: Draft): void {
  if (draft.text.trim()) writeStored(storageKey(user, key), draft);
  else removeStored(storageKey(user, key));
}

/** Let the server have it after a pause. */
export function sendLater(key: string, draft: Draft): void {
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => sendNow(key, draft), SERVER_IDLE_MS));
}

export function sendNow(key: string, { text, at }: Draft): void {
  clearTimeout(timers.get(key));
  const [room = '', thread = null] = key.split(' ');
  // Best effort: the copy on this device is the one that counts.
  http.put(`/rooms/${encodeURIComponent(room)}/draft`, { text, thread, at, client }).catch(() => undefined);
}

/** Sent: what waits to go to the server is of no use any more. */
export function forgetLater(key: string): void {
  clearTimeout(timers.get(key));
}

/** The drafts after one from the server; the same object when it changes nothing. */
export function takeRemote(drafts: Record<string, Draft>, remote: RemoteDraft): Record<string, Draft> {
  if (remote.client === client) return drafts;
  const key = draftKey(remote.room, remote.thread ?? null);
  const own = drafts[key];
  if (own ? own.at >= remote.at : !remote.text.trim()) return drafts;
  const next = { ...drafts };
  if (remote.text.trim()) next[key] = { text: remote.text, at: remote.at, isRemote: true };
  else Reflect.deleteProperty(next, key);
  return next;
}
