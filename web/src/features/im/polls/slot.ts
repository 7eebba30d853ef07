/** Polls: begun from the composer, voted in place. */
import { defineSlot } from '../slots';
import PollBody from './PollBody.vue';
import PollTool from './PollTool.vue';

export default defineSlot({
  bodies: [{ order: 5, bare: true, match: (_content, type) => type === 'm.poll.start', component: PollBody }],
  tools: [{ key: 'poll', order: 60, side: 'left', component: PollTool }],
});
