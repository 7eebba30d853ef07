/** Setting and taking back one's reaction; the timeline changes by the events that follow. */
import { http, messageOf } from '@/api/http';
import type { TimelineEvent } from '@/live/timeline';
import { useToasts } from '@/stores/toasts';
import type { IconName } from '@/ui/icons';

export interface Offered {
  name: string;
  key: string;
  icon: IconName;
  shortcut?: string;
}

/** The keys are what other clients show too. */
export const REACTIONS: readonly Offered[] = [
  { name: 'received', key: '✓ 收到', icon: 'check', shortcut: 'S' },
  { name: 'agree', key: '👍', icon: 'stamp' },
  { name: 'thanks', key: '辛苦了', icon: 'smile' },
  { name: 'question', key: '?', icon: 'horn' },
];

export async function react(room: string, event: TimelineEvent, key: string): Promise<void> {
  const isMine = event.reactions.some((one) => one.key === key && one.mine);
  try {
    await http.put(`/rooms/${encodeURIComponent(room)}/events/${encodeURIComponent(event.event_id)}/reactions`, { key, on: !isMine });
  } catch (error) {
    useToasts().error(messageOf(error));
  }
}

export interface Reactors {
  key: string;
  people: { user_id: string; name: string; unit_name: string }[];
}

export const fetchReactors = async (room: string, event: string): Promise<Reactors[]> =>
  (await http.get<{ items: Reactors[] }>(`/rooms/${encodeURIComponent(room)}/events/${encodeURIComponent(event)}/reactions`)).items;
