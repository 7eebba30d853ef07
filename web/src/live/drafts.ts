/** Drafts per room: on this device at once, on the server after a second's pause, gone only after the send is acked. */
import { http } from '@/api/http';
import { readStored, removeStored, storedKeys, writeStored } from '@/lib/storage';

export interface Draft {
  text: string;
  at: number;
}

const SERVER_IDLE_MS = 1000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export const draftKey = (user: string, room: string): string => `tz.draft.${user}.${room}`;

export function readDraft(user: string, room: string): Draft | null {
  const draft = readStored<Draft>(draftKey(user, room));
  return draft && typeof draft.text === 'string' ? draft : null;
}

export function readDrafts(user: string): Record<string, Draft> {
  const prefix = draftKey(user, '');
  const drafts: Record<string, Draft> = {};
  for (const key of storedKeys(prefix)) {
    const draft = readStored<Draft>(key);
    if (draft?.text) drafts[key.slice(prefix.length)] = draft;
  }
  return drafts;
}

export function writeDraft(user: string, room: string, text: string, now: number): void {
  if (text.trim()) writeStored(draftKey(user, room), { text, at: now } satisfies Draft);
  else removeStored(draftKey(user, room));
  clearTimeout(timers.get(room));
  timers.set(
    room,
    setTimeout(() => {
      // Best effort: the copy on this device is the one that counts.
      http.put(`/rooms/${encodeURIComponent(room)}/draft`, { text }).catch(() => undefined);
    }, SERVER_IDLE_MS),
  );
}
