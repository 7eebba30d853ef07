/** Who has read a message: the pane, and its entry in the menu of everybody's messages. */
import ReceiptPanel from '../components/ReceiptPanel.vue';
import { defineSlot } from '../slots';

export default defineSlot({
  actions: [
    { key: 'receipts', icon: 'eye', label: 'im.receipts', order: 80, show: ({ room, event }) => room.kind !== 'direct' && event.isCountable, run: ({ event, openPane }) => openPane('receipts', event) },
  ],
  panes: [{ key: 'receipts', component: ReceiptPanel }],
});
