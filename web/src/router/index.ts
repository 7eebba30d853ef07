import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';

import { t } from '@/i18n';
import { useSession } from '@/stores/session';

import type { Feature, NavItem } from './feature';

const features = Object.values(
  import.meta.glob<{ default: Feature }>('../features/*/routes.ts', { eager: true }),
).map((module) => module.default);

export const navItems: NavItem[] = features
  .flatMap((feature) => feature.nav ?? [])
  .sort((one, other) => one.order - other.order);

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/home' },
  ...features.flatMap((feature) => feature.routes),
  { path: '/:rest(.*)*', name: 'not-found', component: () => import('@/shell/NotFoundPage.vue') },
];

export const router = createRouter({ history: createWebHistory(), routes });

router.beforeEach(async (to) => {
  const session = useSession();
  if (!session.loaded) {
    try {
      await session.load();
    } catch {
      // The server does not answer: App shows the error page with a retry, on whatever address was asked for.
      if (!to.meta.public) return true;
    }
  }
  if (to.meta.public) return true;
  if (!session.me) return session.loaded ? { name: 'sign-in', query: { next: to.fullPath } } : true;
  if (session.me.must_change_password && to.name !== 'password') return { name: 'password' };
  return true;
});

router.afterEach((to) => {
  const product = t('app.name');
  document.title = to.meta.title ? `${t(to.meta.title)} · ${product}` : product;
});

// After an upgrade the old chunks are gone: load the page afresh once instead of failing silently.
router.onError((error, to) => {
  if (/dynamically imported module|module script failed/i.test(String(error))) window.location.assign(to.fullPath);
});
