import { usePending } from '@/features/home/pending';
import { defineFeature } from '@/router/feature';

const page = () => import('./ApprovalsPage.vue');
const meta = { nav: 'appr', title: 'approvals.title' };

export default defineFeature({
  routes: [
    { path: '/appr', name: 'appr', component: page, meta },
    { path: '/appr/new', name: 'appr-new', component: () => import('./StartPage.vue'), meta: { ...meta, title: 'approvals.start.title', hideBar: true } },
    { path: '/appr/new/:process', name: 'appr-form', component: () => import('./StartFormPage.vue'), props: true, meta: { ...meta, title: 'approvals.start.title', hideBar: true } },
    { path: '/appr/delegations', name: 'appr-delegations', component: () => import('./DelegationsPage.vue'), meta: { ...meta, title: 'approvals.delegations.title', hideBar: true } },
    { path: '/appr/processes', name: 'processes', component: () => import('./modeller/ProcessesPage.vue'), meta: { ...meta, title: 'approvals.modeller.title', hideBar: true } },
    { path: '/appr/processes/:id', name: 'process-draft', component: () => import('./modeller/ModellerPage.vue'), props: true, meta: { ...meta, title: 'approvals.modeller.title', hideBar: true } },
    { path: '/appr/:id', name: 'appr-case', component: page, props: true, meta: { ...meta, hideBar: true } },
  ],
  nav: [{ key: 'appr', icon: 'stamp', label: 'approvals.title', to: '/appr', order: 40, phone: true, badge: () => usePending().answer?.sources.find((one) => one.source === 'decide_case')?.count ?? 0 }],
});
