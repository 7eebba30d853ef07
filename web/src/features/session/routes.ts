import { defineFeature } from '@/router/feature';

export default defineFeature({
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./SignInPage.vue'),
      meta: { public: true, bare: true, title: 'session.signIn' },
    },
    {
      path: '/first-admin',
      name: 'first-admin',
      component: () => import('./FirstAdminPage.vue'),
      meta: { public: true, bare: true, title: 'session.firstAdmin' },
    },
    {
      path: '/password',
      name: 'password',
      component: () => import('./ForcedPasswordPage.vue'),
      meta: { bare: true, title: 'session.newPassword' },
    },
    {
      path: '/account/password',
      name: 'account-password',
      component: () => import('./PasswordPage.vue'),
      meta: { title: 'session.changePassword' },
    },
    {
      path: '/account/devices',
      name: 'account-devices',
      component: () => import('./DevicesPage.vue'),
      meta: { title: 'session.devices' },
    },
  ],
});
