import { defineFeature } from '@/router/feature';

import { usePending } from './pending';

export default defineFeature({
  routes: [
    { path: '/home', name: 'home', component: () => import('./HomePage.vue'), meta: { nav: 'home', title: 'home.title' } },
    { path: '/todo', name: 'todo', component: () => import('./TodoPage.vue'), meta: { nav: 'home', title: 'home.todoTitle' } },
  ],
  nav: [
    {
      key: 'home', icon: 'apps', label: 'home.title', to: '/home', order: 50, phone: true,
      badge: () => usePending().urgentCount,
    },
  ],
});
