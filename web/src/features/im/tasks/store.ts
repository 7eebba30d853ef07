/** Messages and tasks: which messages of a room have become tasks, and the one that is about to. */
import { defineStore } from 'pinia';
import { reactive, ref } from 'vue';

import { fetchOrigins, type OfMessage } from '@/features/items/api';
import type { Table } from '@/features/items/paste';
import type { TimelineEvent } from '@/live/timeline';

export interface Asked {
  room: string;
  event: TimelineEvent | null;
  /** The words as people see them. */
  text: string;
  mentioned: string[];
  sender: string;
}

export const useTasks = defineStore('im-tasks', () => {
  /** room → event id → what it became. */
  const known = reactive(new Map<string, Map<string, OfMessage>>());
  const asked = ref<Asked | null>(null);
  /** A table that was pasted into the composer of a room. */
  const pasted = ref<{ room: string; table: Table; text: string } | null>(null);
  const isPasteOpen = ref(false);
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();

  async function load(room: string): Promise<void> {
    try {
      const found = await fetchOrigins(room);
      known.set(room, new Map(found.map((one) => [one.event_id, one])));
    } catch {
      // Chips are an addition: without them the messages read as before, and the next event asks again.
    }
  }
  /** A card of the room was drawn anew: what the chips say may have changed. */
  function soon(room: string): void {
    if (waiting.has(room)) return;
    waiting.set(room, setTimeout(() => {
      waiting.delete(room);
      void load(room);
    }, 600 + Math.random() * 1200));
  }
  const of = (room: string, event: string): OfMessage | undefined => known.get(room)?.get(event);
  function note(room: string, one: OfMessage): void {
    const rows = known.get(room) ?? new Map<string, OfMessage>();
    known.set(room, new Map(rows).set(one.event_id, one));
  }
  return { known, asked, pasted, isPasteOpen, load, soon, of, note };
});
