/** Approvals that begin in a room: their state comes back to it. */
import { defineSlot } from '../slots';
import CaseTool from './CaseTool.vue';

export default defineSlot({
  tools: [{ key: 'case', order: 70, side: 'left', component: CaseTool }],
});
