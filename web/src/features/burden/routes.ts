import { defineFeature } from '@/router/feature';

export default defineFeature({
  routes: [
    { path: '/feedback', name: 'feedback', component: () => import('./FeedbackPage.vue'), meta: { nav: 'home', title: 'burden.feedback.title' } },
    { path: '/burden', name: 'burden', component: () => import('./BurdenPage.vue'), meta: { nav: 'home', title: 'burden.title' } },
  ],
});
