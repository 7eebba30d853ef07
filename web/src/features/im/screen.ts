/** What the parts of a room's screen may ask of it: panes and tabs at the side, jumps, the room's details. */
import { inject, type InjectionKey, type Ref } from 'vue';

import type { RoomDetail } from '@/live/api';
import type { TimelineEvent } from '@/live/timeline';

export interface RoomScreen {
  detail: Readonly<Ref<RoomDetail | null>>;
  openPane: (key: string | null, event?: TimelineEvent) => void;
  openTab: (key: string) => void;
  jumpTo: (eventId: string) => Promise<boolean>;
}

export const ROOM_SCREEN: InjectionKey<RoomScreen> = Symbol('room screen');

/** Raises when used outside of a room's screen. */
export function useRoomScreen(): RoomScreen {
  const screen = inject(ROOM_SCREEN);
  if (!screen) throw new Error('not on the screen of a room');
  return screen;
}
