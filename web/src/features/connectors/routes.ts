import { defineFeature } from '@/router/feature';

const meta = { nav: 'home' };

/** The pages that cards lead to; the administration of sources is part of 管理. */
export default defineFeature({
  routes: [
    { path: '/connectors/alerts', component: () => import('./AlertsPage.vue'), meta: { ...meta, title: 'connectors.alerts' } },
    { path: '/connectors/alerts/:alert', component: () => import('./AlertPage.vue'), meta: { ...meta, title: 'connectors.alerts' } },
    { path: '/connectors/records', component: () => import('./RecordsPage.vue'), meta: { ...meta, title: 'connectors.records' } },
    { path: '/connectors/entries', component: () => import('./EntryPage.vue'), meta: { ...meta, title: 'connectors.entry.title' } },
    { path: '/connectors/records/:record', component: () => import('./RecordPage.vue'), meta: { ...meta, title: 'connectors.records' } },
    { path: '/connectors/subjects/:subject', component: () => import('./MetricPage.vue'), meta: { ...meta, title: 'connectors.values' } },
  ],
});
