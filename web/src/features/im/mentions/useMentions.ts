/** The targets of a room, those that the text names, and how many people that is. */
import { computed, type ComputedRef, onUnmounted, type Ref, ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';

import { http, messageOf } from '@/api/http';
import type { Member } from '@/api/types';

import { type Asked, askedFor, namedIn, type Target, targetsOf } from './targets';

export interface HeadCount {
  count: number;
  people: { user_id: string; name: string; unit_name: string }[];
  unread: number;
}

const IDLE_MS = 300;

export function useMentions(room: Ref<string>, members: Ref<readonly Member[]>, text: Ref<string>, replyTo: Ref<string | null>): {
  targets: ComputedRef<Target[]>;
  asked: ComputedRef<Asked>;
  isGroup: ComputedRef<boolean>;
  heads: Ref<HeadCount | null>;
  problem: Ref<string>;
} {
  const { t } = useI18n();
  const targets = computed(() =>
    targetsOf(members.value, {
      all: t('im.mentions.all'),
      unread: t('im.mentions.unread'),
      allDetail: t('im.mentions.allDetail'),
      unreadDetail: t('im.mentions.unreadDetail'),
      unitDetail: (people) => t('im.people', { n: people }),
      bot: t('im.bot'),
    }),
  );
  const asked = computed(() => askedFor(namedIn(text.value, targets.value), replyTo.value));
  const isGroup = computed(() => asked.value.room || asked.value.units.length > 0 || asked.value.posts.length > 0 || asked.value.unread !== null);
  const heads = ref<HeadCount | null>(null);
  const problem = ref('');
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Only groups are counted: a name is one person. */
  watch(
    () => (isGroup.value ? `${room.value} ${JSON.stringify(asked.value)}` : ''),
    (key) => {
      clearTimeout(timer);
      heads.value = null;
      problem.value = '';
      if (!key) return;
      timer = setTimeout(async () => {
        try {
          const answer = await http.post<HeadCount>(`/rooms/${encodeURIComponent(room.value)}/mentions/preview`, asked.value);
          if (isGroup.value) heads.value = answer;
        } catch (error) {
          problem.value = messageOf(error);
        }
      }, IDLE_MS);
    },
    { immediate: true },
  );
  onUnmounted(() => clearTimeout(timer));
  return { targets, asked, isGroup, heads, problem };
}
