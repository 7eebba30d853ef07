/** Forwarding one message or several, and how copies and records look. */
import { defineSlot, type MessageContext } from '../slots';
import ForwardFooter from './ForwardFooter.vue';
import MergedBody from './MergedBody.vue';
import OriginStrip from './OriginStrip.vue';
import { begin, canForward, selecting } from './select';

/** The server refuses too; here the button is left out where it would. */
const isAllowed = ({ event, detail }: MessageContext): boolean => canForward(event) && (detail as { no_forward?: boolean } | null)?.no_forward !== true;

export default defineSlot({
  actions: [
    {
      key: 'forward', icon: 'upload', label: 'im.forward.one', order: 36, shortcut: 'F', show: isAllowed,
      run: ({ room, event }) => {
        selecting.asked = { room: room.room, events: [event.event_id] };
      },
    },
    { key: 'select', icon: 'check', label: 'im.forward.several', order: 38, shortcut: 'X', show: isAllowed, run: ({ room, event }) => begin(room.room, event) },
  ],
  bodies: [{ order: 10, match: (content) => 'org.tongzhou.merged' in content, component: MergedBody }],
  strips: [{ order: 5, show: ({ event }) => 'org.tongzhou.forward' in event.content, component: OriginStrip }],
  bars: [],
  footers: [{ show: (room) => selecting.room === room || selecting.asked?.room === room, component: ForwardFooter }],
});
