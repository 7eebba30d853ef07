/** Messages become tasks, and a table in the composer a ledger. */
import { readCard } from '@/cards/schema';

import { defineSlot, type MessageContext } from '../slots';
import { bodyOf } from '../text';
import PasteOffer from './PasteOffer.vue';
import { useTasks } from './store';
import TaskChip from './TaskChip.vue';
import TaskTool from './TaskTool.vue';
import TasksHost from './TasksHost.vue';

function canBecome({ room, event }: MessageContext): boolean {
  return !room.archived && !event.isRedacted && event.state_key == null && event.type === 'm.room.message' && readCard(event.content) === null;
}

export default defineSlot({
  actions: [
    {
      key: 'task', icon: 'task', label: 'items.task.action', order: 11, shortcut: 'T', quick: true,
      show: canBecome,
      run: ({ room, event, person }) => {
        const mentions = event.content['m.mentions'] as { user_ids?: unknown } | undefined;
        const mentioned = Array.isArray(mentions?.user_ids) ? mentions.user_ids.filter((one): one is string => typeof one === 'string') : [];
        useTasks().asked = { room: room.room, event, text: bodyOf(event.content, 'm.relates_to' in event.content), mentioned, sender: person.name };
      },
    },
  ],
  strips: [{ order: 4, show: ({ room, event }) => useTasks().of(room.room, event.event_id) !== undefined, component: TaskChip }],
  bars: [{ order: 95, component: TasksHost }],
  tools: [{ key: 'task', order: 50, side: 'left', component: TaskTool }],
  trays: [{ order: 5, component: PasteOffer }],
});
