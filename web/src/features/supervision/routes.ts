import { usePending } from '@/features/home/pending';
import { defineFeature } from '@/router/feature';

const page = () => import('./SupervisionPage.vue');

export default defineFeature({
  routes: [
    { path: '/sup', name: 'sup', component: page, meta: { nav: 'sup', title: 'supervision.title' } },
    { path: '/sup/:id', name: 'sup-item', component: page, props: true, meta: { nav: 'sup', title: 'supervision.title' } },
  ],
  nav: [{ key: 'sup', icon: 'task', label: 'supervision.title', to: '/sup', order: 30, phone: true, badge: () => usePending().urgentCount }],
});
