import { defineFeature } from '@/router/feature';

const page = () => import('./ForcePage.vue');

export default defineFeature({
  routes: [
    { path: '/force', name: 'forces', component: () => import('./ForceListPage.vue'), meta: { nav: 'force', title: 'taskforces.title' } },
    { path: '/force/:id', name: 'force', component: page, props: true, meta: { nav: 'force', title: 'taskforces.title' } },
    { path: '/force/:id/:tab(problems|goals|meetings|ranking|experts)', name: 'force-methods', component: () => import('./ForceMethodsPage.vue'), props: true, meta: { nav: 'force', title: 'taskforces.title' } },
    { path: '/force/:id/screen', name: 'force-screen', component: () => import('./ForceScreen.vue'), props: true, meta: { nav: 'force', title: 'taskforces.title' } },
  ],
  nav: [{ key: 'force', icon: 'flag', label: 'taskforces.nav', to: '/force', order: 20, phone: true }],
});
