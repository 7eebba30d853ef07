/** One toast at a time: notes leave after 4 s, errors stay until closed. */
import { defineStore } from 'pinia';
import { ref } from 'vue';

export interface Toast {
  id: number;
  kind: 'note' | 'error';
  text: string;
  action?: { label: string; run: () => void };
}

export const useToasts = defineStore('toasts', () => {
  const current = ref<Toast | null>(null);
  let nextId = 1;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(toast: Omit<Toast, 'id'>): void {
    clearTimeout(timer);
    current.value = { ...toast, id: nextId++ };
    if (toast.kind === 'note') timer = setTimeout(close, 4000);
  }
  function close(): void {
    clearTimeout(timer);
    current.value = null;
  }
  const note = (text: string, action?: Toast['action']) => show({ kind: 'note', text, ...(action ? { action } : {}) });
  const error = (text: string, action?: Toast['action']) => show({ kind: 'error', text, ...(action ? { action } : {}) });

  return { current, note, error, close };
});
