import { defineFeature } from '@/router/feature';

import { useOrders } from './store';

const page = () => import('./OrdersPage.vue');

export default defineFeature({
  routes: [
    { path: '/orders', name: 'orders', component: page, meta: { nav: 'orders', title: 'orders.title' } },
    { path: '/orders/new', name: 'order-new', component: page, props: { isNew: true }, meta: { nav: 'orders', title: 'orders.compose.title', hideBar: true } },
    { path: '/orders/:id', name: 'order', component: page, props: true, meta: { nav: 'orders', title: 'orders.title', hideBar: true } },
  ],
  nav: [{ key: 'orders', icon: 'horn', label: 'orders.nav', to: '/orders', order: 35, badge: () => useOrders().queue.length }],
});
