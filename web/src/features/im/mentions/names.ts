/** The names that stand behind an @ in a message: those whom it mentions, as they are written. */
import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';

import { useLive } from '@/live/store';

import { usePeople } from '../people';

export function useMentionedNames(room: Ref<string>): (row: { content: Record<string, unknown> }) => string[] {
  const live = useLive();
  const { t } = useI18n();
  const { nameOf } = usePeople(room);
  const groups = computed(() => [
    ...new Set((live.members.get(room.value) ?? []).flatMap((member) => [member.unit_name, `${member.unit_name}${member.post_title}`])),
    t('im.mentions.unread'),
  ]);
  return ({ content }) => {
    const mentions = content['m.mentions'] as { user_ids?: unknown; room?: unknown } | undefined;
    const ids = Array.isArray(mentions?.user_ids) ? mentions.user_ids.filter((id): id is string => typeof id === 'string') : [];
    const names = ids.map(nameOf);
    if (mentions?.room) names.push(t('im.mentions.all'), t('im.everyone'));
    return content['org.tongzhou.mentions'] ? [...names, ...groups.value] : names;
  };
}
