/** The pins of the rooms that are open: asked for once, and again when the room's state says so. */
import { defineStore } from 'pinia';
import { reactive } from 'vue';

import { http, messageOf } from '@/api/http';
import { eventSchema, type LiveEvent } from '@/live/frames';
import { useLive } from '@/live/store';
import { useToasts } from '@/stores/toasts';

export interface Pin {
  event: LiveEvent;
  name: string | null;
  at: number | null;
  until: number | null;
}

export interface RoomPins {
  items: Pin[];
  canPin: boolean;
}

const path = (room: string, event = ''): string => `/rooms/${encodeURIComponent(room)}/pins${event ? `/${encodeURIComponent(event)}` : ''}`;

export const usePins = defineStore('pins', () => {
  const live = useLive();
  const byRoom = reactive(new Map<string, RoomPins>());

  live.onEventsFrame((room, events) => {
    if (!byRoom.has(room)) return;
    const pinned = new Set(byRoom.get(room)?.items.map((pin) => pin.event.event_id));
    const isNews = events?.some((event) => event.type === 'm.room.pinned_events' || pinned.has(String(event.content['redacts'] ?? ''))) ?? true;
    if (isNews) void load(room);
  });

  async function load(room: string): Promise<void> {
    try {
      const raw = await http.get<{ items: (Omit<Pin, 'event'> & { event: unknown })[]; can_pin: boolean }>(path(room));
      const items = raw.items.flatMap((item): Pin[] => {
        const parsed = eventSchema.safeParse(item.event);
        return parsed.success ? [{ ...item, event: parsed.data }] : [];
      });
      byRoom.set(room, { items, canPin: raw.can_pin });
    } catch {
      // The bar stays away; the next change asks again.
    }
  }

  async function pin(room: string, event: string, until: Date | null): Promise<boolean> {
    return act(() => http.put(path(room, event), { until: until?.toISOString() ?? null }), room);
  }

  const unpin = (room: string, event: string): Promise<boolean> => act(() => http.delete(path(room, event)), room);

  async function act(work: () => Promise<unknown>, room: string): Promise<boolean> {
    try {
      await work();
      await load(room);
      return true;
    } catch (error) {
      useToasts().error(messageOf(error));
      return false;
    }
  }

  return { byRoom, load, pin, unpin };
});
