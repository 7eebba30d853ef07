import { defineFeature } from '@/router/feature';
import { useLive } from '@/live/store';

const page = () => import('./ImPage.vue');

export default defineFeature({
  routes: [
    { path: '/im', name: 'im', component: page, meta: { nav: 'im', title: 'im.title' } },
    { path: '/im/:room', name: 'room', component: page, props: true, meta: { nav: 'im', title: 'im.title', hideBar: true } },
    { path: '/im/:room/:event', name: 'room-event', component: page, props: true, meta: { nav: 'im', title: 'im.title', hideBar: true } },
  ],
  nav: [
    {
      key: 'im', icon: 'chat', label: 'im.title', to: '/im', order: 10, phone: true,
      badge: () => useLive().unreadTotal,
    },
  ],
});
