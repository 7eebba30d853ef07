import { defineFeature } from '@/router/feature';

export default defineFeature({
  routes: [
    { path: '/sup/table', name: 'sup-table', component: () => import('./TablePage.vue'), meta: { nav: 'sup', title: 'oversight.table' } },
    { path: '/sup/loop', name: 'sup-loop', component: () => import('./LoopPage.vue'), meta: { nav: 'sup', title: 'oversight.loop' } },
  ],
});
