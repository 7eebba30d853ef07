import { usePending } from '@/features/home/pending';
import { defineFeature } from '@/router/feature';

const page = () => import('./SupervisionPage.vue');

/** What waits in the pending list because of items; the workbench counts everything. */
const OF_ITEMS = ['sign_for', 'report', 'decide_extension', 'check_report', 'returned', 'spot_check', 'close_item', 'recheck', 'rectify', 'answer_part', 'answer_dissent', 'settle_lead'];

export default defineFeature({
  routes: [
    { path: '/sup', name: 'sup', component: page, meta: { nav: 'sup', title: 'supervision.title' } },
    { path: '/sup/:id', name: 'sup-item', component: page, props: true, meta: { nav: 'sup', title: 'supervision.title' } },
  ],
  nav: [{ key: 'sup', icon: 'task', label: 'supervision.title', to: '/sup', order: 30, phone: true, badge: () => usePending().urgentOf(OF_ITEMS) }],
});
