/** Messages that ask for an answer: the switch of the composer, the strip with the buttons. */
import { asksAnswer } from '@/live/rooms';

import { defineSlot } from '../slots';
import ConfirmStrip from './ConfirmStrip.vue';
import ConfirmSwitch from './ConfirmSwitch.vue';

export default defineSlot({
  strips: [{ order: 20, show: ({ event }) => asksAnswer(event), component: ConfirmStrip }],
  tools: [{ key: 'confirm', order: 80, side: 'right', component: ConfirmSwitch }],
});
