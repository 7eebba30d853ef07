/** What a person sets for this browser: theme, type size, language, the send key, the side panel. */
import { defineStore } from 'pinia';
import { ref, watch } from 'vue';

import { type Locale, setLocale } from '@/i18n';
import { readStored, writeStored } from '@/lib/storage';

export type Theme = 'light' | 'dark';
interface Prefs {
  theme: Theme | 'auto';
  large: boolean;
  locale: Locale;
  sendKey: 'enter' | 'ctrl-enter';
  sidePanel: boolean;
  /** Notifications of this browser; the browser's own permission is asked when it is switched on. */
  notify: boolean;
  /** Notifications say that there is a message, not what it says. */
  hideContent: boolean;
}

const KEY = 'tz.prefs';
const DEFAULTS: Prefs = { theme: 'auto', large: false, locale: 'zh-CN', sendKey: 'enter', sidePanel: true, notify: false, hideContent: false };

export const usePrefs = defineStore('prefs', () => {
  const saved = { ...DEFAULTS, ...readStored<Partial<Prefs>>(KEY) };
  const theme = ref(saved.theme);
  const large = ref(saved.large);
  const locale = ref<Locale>(saved.locale);
  const sendKey = ref(saved.sendKey);
  const sidePanel = ref(saved.sidePanel);
  const notify = ref(saved.notify);
  const hideContent = ref(saved.hideContent);

  const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
  function applyTheme(): void {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && systemDark.matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
  systemDark.addEventListener('change', applyTheme);

  watch(
    [theme, large, locale, sendKey, sidePanel, notify, hideContent],
    () => {
      writeStored(KEY, {
        theme: theme.value,
        large: large.value,
        locale: locale.value,
        sendKey: sendKey.value,
        sidePanel: sidePanel.value,
        notify: notify.value,
        hideContent: hideContent.value,
      } satisfies Prefs);
      applyTheme();
      if (large.value) document.documentElement.dataset['type'] = 'large';
      else delete document.documentElement.dataset['type'];
      void setLocale(locale.value);
    },
    { immediate: true },
  );

  return { theme, large, locale, sendKey, sidePanel, notify, hideContent };
});
