/** Reply, copy, recall; the overview of a room. */
import { t } from '@/i18n';
import { relationOf } from '@/live/timeline';
import { useToasts } from '@/stores/toasts';

import { lineOf } from '../preview';
import { defineSlot, type MessageContext } from '../slots';
import { bodyOf } from '../text';
import OverviewTab from './OverviewTab.vue';

function reply({ event, person, composer }: MessageContext): void {
  composer.reply = { id: event.event_id, text: t('im.preview.by', { name: person.name, text: lineOf(event, t) }) };
  composer.focus();
}

async function copy({ row }: MessageContext): Promise<void> {
  const toasts = useToasts();
  try {
    await navigator.clipboard.writeText(bodyOf(row.content, relationOf(row.content).replyTo !== null));
    toasts.note(t('im.copied'));
  } catch {
    toasts.error(t('im.copyFailed'));
  }
}

export default defineSlot({
  actions: [
    { key: 'reply', icon: 'reply', label: 'im.reply', order: 10, shortcut: 'R', show: ({ room }) => !room.archived, run: reply },
    { key: 'copy', icon: 'copy', label: 'action.copy', order: 30, show: () => true, run: copy },
  ],
  tabs: [
    { key: 'overview', label: 'im.overview', order: 10, component: OverviewTab },
  ],
});
