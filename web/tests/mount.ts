import { createPinia } from 'pinia';
import { type Component, createApp, h, reactive, ref } from 'vue';

import { i18n } from '@/i18n';

/** A component in a document of its own. */
export function mount(component: Component, props: Record<string, unknown>) {
  const root = document.createElement('div');
  document.body.append(root);
  const given = reactive<Record<string, unknown>>({ ...props });
  const instance = ref<unknown>(null);
  const app = createApp({ render: () => h(component, { ...given, ref: instance }) });
  app.use(createPinia());
  app.use(i18n);
  app.mount(root);
  return {
    root,
    set: (next: Record<string, unknown>) => Object.assign(given, next),
    exposed: () => instance.value,
    close: () => {
      app.unmount();
      root.remove();
    },
  };
}

export async function flushPromises(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
