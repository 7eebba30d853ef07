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
    // The same words again, from one who knows no way out of it, leave the way out that was offered.
    const action = toast.action ?? (current.value?.text === toast.text ? current.value.action : undefined);
    current.value = { ...toast, ...(action ? { action } : {}), id: nextId++ };
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
