import { defineFeature } from '@/router/feature';

const page = () => import('./ImportPage.vue');

export default defineFeature({
  routes: [
    { path: '/force/:force/import', name: 'import', component: page, props: true, meta: { nav: 'force', title: 'imports.title' } },
    { path: '/force/:force/import/:batch', name: 'import-batch', component: page, props: true, meta: { nav: 'force', title: 'imports.title' } },
    { path: '/sup/ledger/:ledger/import/:batch', name: 'import-ledger', component: page, props: true, meta: { nav: 'sup', title: 'imports.title' } },
  ],
});
