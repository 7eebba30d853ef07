/** Pinned messages: a bar above the chat, set with an end, taken off. */
import { defineSlot, type MessageContext } from '../slots';
import { asked } from './ask';
import PinBar from './PinBar.vue';
import { usePins } from './store';

const canPin = ({ room, event }: MessageContext): boolean =>
  !event.isRedacted && event.foldedAt > 0 && (usePins().byRoom.get(room.room)?.canPin ?? false);

export default defineSlot({
  actions: [
    {
      key: 'pin', icon: 'pin', label: 'im.pins.pin', order: 40,
      show: (context) => canPin(context) && !context.event.isPinned,
      run: ({ room, event }) => {
        asked.value = { room: room.room, event };
      },
    },
    {
      key: 'unpin', icon: 'pin', label: 'im.pins.unpin', order: 40,
      show: (context) => canPin(context) && context.event.isPinned,
      run: async ({ room, event }) => void (await usePins().unpin(room.room, event.event_id)),
    },
  ],
  bars: [{ order: 10, component: PinBar }],
});
