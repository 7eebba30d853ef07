/** Editing one's own words, seeing the versions, taking a message back and writing it anew. */
import { messageOf } from '@/api/http';
import { recallMessage } from '@/live/api';
import { relationOf } from '@/live/timeline';
import { useToasts } from '@/stores/toasts';

import { defineSlot, type MessageContext } from '../slots';
import { bodyOf } from '../text';
import { isEditable, keepRecalled } from './own';
import VersionsPane from './VersionsPane.vue';

function edit({ event, composer }: MessageContext): void {
  const text = bodyOf(event.content, relationOf(event.content).replyTo !== null);
  composer.editing = { id: event.event_id, text, content: event.content };
}

/** Within the room's limit, owners at any time: the server has the last word. */
const mayRecall = ({ row, event, room }: MessageContext): boolean => !event.isRedacted && !room.archived && (row.isOwn || room.level >= 50);

async function recall({ room, row, event }: MessageContext): Promise<void> {
  try {
    if (row.isOwn) keepRecalled(event);
    await recallMessage(room.room, event.event_id);
  } catch (error) {
    useToasts().error(messageOf(error));
  }
}

export default defineSlot({
  actions: [
    {
      key: 'edit', icon: 'edit', label: 'im.edits.edit', order: 32, shortcut: 'M',
      show: ({ room, row, event }) => row.isOwn && !room.archived && isEditable(event), run: edit,
    },
    {
      key: 'versions', icon: 'history', label: 'im.edits.versions', order: 34,
      show: ({ event }) => event.editedSeq !== undefined, run: ({ event, openPane }) => openPane('versions', event),
    },
    { key: 'recall', icon: 'undo', label: 'im.recall', order: 90, confirm: { ask: 'im.recallAsk', yes: 'im.recallYes' }, show: mayRecall, run: recall },
  ],
  panes: [{ key: 'versions', component: VersionsPane }],
});
