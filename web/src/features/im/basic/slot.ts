/** Reply, copy, recall; the overview and the members of a room; who has read a message. */
import { messageOf } from '@/api/http';
import { t } from '@/i18n';
import { recallMessage } from '@/live/api';
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

async function recall({ room, event }: MessageContext): Promise<void> {
  try {
    await recallMessage(room.room, event.event_id);
  } catch (error) {
    useToasts().error(messageOf(error));
  }
}

export default defineSlot({
  actions: [
    { key: 'reply', icon: 'reply', label: 'im.reply', order: 10, shortcut: 'R', show: ({ room }) => !room.archived, run: reply },
    { key: 'copy', icon: 'copy', label: 'action.copy', order: 30, show: () => true, run: copy },
    {
      key: 'recall', icon: 'undo', label: 'im.recall', order: 90,
      confirm: { ask: 'im.recallAsk', yes: 'im.recallYes' },
      show: ({ row }) => row.isOwn, run: recall,
    },
  ],
  tabs: [
    { key: 'overview', label: 'im.overview', order: 10, component: OverviewTab },
  ],
});
