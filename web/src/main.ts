import './polyfills';

import { createPinia } from 'pinia';
import { createApp } from 'vue';

import './styles/tokens.css';
import './styles/element.css';
import './styles/base.css';
import App from './App.vue';
import { registerFeatureCards } from './cards/registry';
import { i18n } from './i18n';
import { router } from './router';
import { usePrefs } from './stores/prefs';

const app = createApp(App);
app.use(createPinia());
usePrefs();
registerFeatureCards();
app.use(i18n);
app.use(router);
app.mount('#app');
