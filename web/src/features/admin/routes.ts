import { defineFeature } from '@/router/feature';
import { useSession } from '@/stores/session';

import { openTabs } from './tabs';

const meta = { nav: 'admin' };

export default defineFeature({
  routes: [
    {
      path: '/admin',
      component: () => import('./AdminPage.vue'),
      meta: { ...meta, title: 'admin.title' },
      children: [
        {
          // Not a redirect: those are worked out before the session is read.
          path: '',
          name: 'admin',
          component: () => import('@/features/connectors/SourcesPage.vue'),
          beforeEnter: () => {
            const first = openTabs(useSession().may)[0];
            return first ? `/admin/${first.key}` : true;
          },
        },
        { path: 'people', component: () => import('./PeoplePage.vue'), meta: { ...meta, title: 'admin.tab.people' } },
        { path: 'posts', component: () => import('./PostsPage.vue'), meta: { ...meta, title: 'admin.tab.posts' } },
        { path: 'sheets', component: () => import('./SheetsPage.vue'), meta: { ...meta, title: 'admin.tab.sheets' } },
        { path: 'secrecy', component: () => import('./SecrecyPage.vue'), meta: { ...meta, title: 'admin.tab.secrecy' } },
        { path: 'bots', component: () => import('./bots/BotsPage.vue'), meta: { ...meta, title: 'admin.tab.bots' } },
        { path: 'bots/:bot', component: () => import('./bots/BotPage.vue'), meta: { ...meta, title: 'admin.tab.bots' } },
        { path: 'calendar', component: () => import('@/features/calendar/CalendarPage.vue'), meta: { ...meta, title: 'admin.tab.calendar' } },
        { path: 'rules', component: () => import('@/features/rules/RulesPage.vue'), meta: { ...meta, title: 'admin.tab.rules' } },
        { path: 'triggers', component: () => import('@/features/triggers/TriggersPage.vue'), meta: { ...meta, title: 'admin.tab.triggers' } },
        { path: 'triggers/new', component: () => import('@/features/triggers/TriggerPage.vue'), meta: { ...meta, title: 'admin.tab.triggers' } },
        { path: 'triggers/:trigger', component: () => import('@/features/triggers/TriggerPage.vue'), meta: { ...meta, title: 'admin.tab.triggers' } },
        { path: 'apps', component: () => import('@/features/apps/AppsPage.vue'), meta: { ...meta, title: 'admin.tab.apps' } },
        { path: 'connectors/new', component: () => import('@/features/connectors/WizardPage.vue'), meta: { ...meta, title: 'admin.tab.connectors' } },
        { path: 'connectors/:source', component: () => import('@/features/connectors/SourcePage.vue'), meta: { ...meta, title: 'admin.tab.connectors' } },
        { path: 'connectors/:source/limits', component: () => import('@/features/connectors/limits/LimitsPage.vue'), meta: { ...meta, title: 'admin.tab.connectors' } },
        { path: 'connectors/:source/edit', component: () => import('@/features/connectors/WizardPage.vue'), meta: { ...meta, title: 'admin.tab.connectors' } },
        { path: 'connectors', component: () => import('@/features/connectors/SourcesPage.vue'), meta: { ...meta, title: 'admin.tab.connectors' } },
      ],
    },
  ],
  nav: [
    {
      key: 'admin', icon: 'sliders', label: 'admin.title', to: '/admin', order: 90, place: 'foot', phone: true,
      show: () => openTabs(useSession().may).length > 0,
    },
  ],
});
