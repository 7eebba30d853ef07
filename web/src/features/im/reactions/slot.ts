/** Reactions: a few words of an office, and whatever other clients send. */
import { defineSlot, type MessageContext } from '../slots';
import ReactionStrip from './ReactionStrip.vue';
import { react, REACTIONS } from './react';

const canReact = ({ room, event }: MessageContext): boolean => !room.archived && !event.isRedacted && event.state_key == null;

export default defineSlot({
  actions: REACTIONS.map((one, index) => ({
    key: `react-${one.name}`, icon: one.icon, label: `im.reactions.${one.name}`, order: 12 + index / 10,
    ...(one.shortcut ? { shortcut: one.shortcut } : {}),
    show: canReact,
    run: ({ room, event }) => react(room.room, event, one.key),
  })),
  strips: [{ order: 10, show: ({ event }) => event.reactions.length > 0, component: ReactionStrip }],
});
