/** What the parts of the live store share: rooms, the timelines of opened rooms, members, and who is signed in. */
import { markRaw, reactive, shallowReactive } from 'vue';

import type { Failure } from '@/api/http';
import type { Member } from '@/api/types';

import { Receipts } from './receipts';
import type { Room } from './rooms';
import { Timeline } from './timeline';

export interface RoomView {
  timeline: Timeline;
  receipts: Receipts;
  /** Raised with each change; screens depend on it instead of on deep reactivity. */
  version: number;
  receiptsVersion: number;
  isLoading: boolean;
  error: Failure;
  /** User ids of others who are typing. */
  typing: string[];
}

export class LiveState {
  readonly rooms = reactive(new Map<string, Room>());
  readonly views = shallowReactive(new Map<string, RoomView>());
  readonly members = reactive(new Map<string, Member[]>());
  user = '';

  viewOf(id: string): RoomView {
    let view = this.views.get(id);
    if (!view) {
      view = shallowReactive({
        timeline: markRaw(new Timeline(this.user)),
        receipts: markRaw(new Receipts()),
        version: 0,
        receiptsVersion: 0,
        isLoading: false,
        error: null as Failure,
        typing: [] as string[],
      });
      this.views.set(id, view);
    }
    return view;
  }

  touch(id: string): void {
    const view = this.views.get(id);
    if (view) view.version += 1;
  }

  positions(): Record<string, number> {
    return Object.fromEntries([...this.rooms].map(([id, room]) => [id, room.pos]));
  }

  clear(user: string): void {
    this.rooms.clear();
    this.views.clear();
    this.members.clear();
    this.user = user;
  }
}
