import { defineFeature } from '@/router/feature';

const page = () => import('./OrgPage.vue');

export default defineFeature({
  routes: [
    { path: '/org', name: 'org', component: page, meta: { nav: 'org', title: 'directory.title' } },
    { path: '/org/:unit', name: 'org-unit', component: page, props: true, meta: { nav: 'org', title: 'directory.title' } },
  ],
  nav: [{ key: 'org', icon: 'org', label: 'directory.title', to: '/org', order: 60, phone: true }],
});
