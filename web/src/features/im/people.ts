/** Who sent what: the name and post at the time from the event, else the room's members. */
import { computed, type ComputedRef, type Ref } from 'vue';

import type { Member } from '@/api/types';
import type { LiveEvent } from '@/live/frames';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { shortId } from './text';

export interface Person {
  userId: string;
  name: string;
  unit: string;
  post: string;
  isBot: boolean;
  /** Who is not one of the staff: 外部专家, with from where and until when. */
  mark: Member['mark'] | null;
}

export function usePeople(room: Ref<string>): {
  byId: ComputedRef<Map<string, Member>>;
  personOf: (sender: string, event?: LiveEvent | null) => Person;
  nameOf: (userId: string) => string;
} {
  const live = useLive();
  const session = useSession();
  const byId = computed(() => new Map((live.members.get(room.value) ?? []).map((member) => [member.user_id, member])));

  function personOf(sender: string, event?: LiveEvent | null): Person {
    const member = byId.value.get(sender);
    const acting = event?.acting;
    const own = sender === session.me?.user_id ? session.me : null;
    return {
      userId: sender,
      name: acting?.name || member?.name || own?.name || shortId(sender),
      unit: acting?.unit || member?.unit_name || '',
      post: acting?.post || member?.post_title || '',
      isBot: member?.kind === 'bot',
      mark: member?.mark ?? null,
    };
  }

  const nameOf = (userId: string): string => personOf(userId).name;
  return { byId, personOf, nameOf };
}
