/** Threads: begun from a message, shown at the side, listed in the room's panel. */
import { threadOf } from '@/live/timeline';

import { defineSlot, type MessageContext } from '../slots';
import ThreadPane from './ThreadPane.vue';
import ThreadStrip from './ThreadStrip.vue';
import ThreadsTab from './ThreadsTab.vue';
import ThreadTool from './ThreadTool.vue';

const canBegin = ({ room, event }: MessageContext): boolean =>
  !room.archived && !event.isRedacted && threadOf(event) === null && room.kind !== 'direct';

export default defineSlot({
  actions: [
    { key: 'thread', icon: 'chat', label: 'im.threads.begin', order: 14, shortcut: 'H', show: canBegin, run: ({ event, openPane }) => openPane('thread', event) },
  ],
  strips: [{ order: 20, show: ({ event }) => event.thread !== null, component: ThreadStrip }],
  panes: [{ key: 'thread', component: ThreadPane }],
  tabs: [{ key: 'threads', label: 'im.threads.tab', order: 40, show: (room) => room.kind !== 'direct', component: ThreadsTab }],
  head: [{ order: 10, component: ThreadTool }],
});
