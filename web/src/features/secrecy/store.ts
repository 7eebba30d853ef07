/** The refusal that somebody wants to appeal against, from whatever form. */
import { defineStore } from 'pinia';
import { ref } from 'vue';

import { configureHttp } from '@/api/http';
import { t } from '@/i18n';
import { useToasts } from '@/stores/toasts';

export const useAppeals = defineStore('appeals', () => {
  const refusal = ref('');
  const isOpen = ref(false);
  const toasts = useToasts();

  function ask(id: string): void {
    refusal.value = id;
    isOpen.value = true;
  }

  /** Every refused form offers it. */
  function listen(): void {
    configureHttp({ onMark: (id, message) => toasts.error(message, { label: t('secrecy.appeal.open'), run: () => ask(id) }) });
  }

  return { refusal, isOpen, listen };
});
