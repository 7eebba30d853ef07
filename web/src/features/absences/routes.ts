import { defineFeature } from '@/router/feature';

export default defineFeature({
  routes: [
    {
      path: '/account/absences',
      name: 'account-absences',
      component: () => import('./AbsencesPage.vue'),
      meta: { title: 'absences.title' },
    },
  ],
});
