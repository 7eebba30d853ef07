/** What a tab shows, and its one dialog; kept true by the live line as the wall is. */
import { onMounted, onUnmounted, type Ref, ref, watch } from 'vue';

import { type Failure, failureOf, messageOf } from '@/api/http';
import { newKey } from '@/features/items/api';
import { useLive } from '@/live/store';
import { useToasts } from '@/stores/toasts';

import { deedOf } from './api';
import type { FormSpec } from './fields';

export interface Method<T> {
  data: Ref<T | null>;
  problem: Ref<Failure>;
  spec: Ref<FormSpec | null>;
  isOpen: Ref<boolean>;
  load: () => Promise<void>;
  ask: (spec: FormSpec) => void;
  /** A deed that needs no form. */
  run: (path: string, body?: unknown) => Promise<void>;
}

export function useMethod<T>(id: Ref<string>, fetch: (id: string) => Promise<T>): Method<T> {
  const live = useLive();
  const toasts = useToasts();
  const data = ref<T | null>(null) as Ref<T | null>;
  const problem = ref<Failure>(null);
  const spec = ref<FormSpec | null>(null);
  const isOpen = ref(false);
  let isBusy = false;

  async function load(): Promise<void> {
    const wanted = id.value;
    try {
      const fresh = await fetch(wanted);
      if (wanted !== id.value) return;
      data.value = fresh;
      problem.value = null;
    } catch (error) {
      if (wanted === id.value) problem.value = failureOf(error);
    }
  }
  function ask(wanted: FormSpec): void {
    spec.value = wanted;
    isOpen.value = true;
  }
  async function run(path: string, body: unknown = {}): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    try {
      const answer = await deedOf(path, body, newKey());
      if (answer.message) toasts.note(answer.message);
      await load();
    } catch (error) {
      toasts.error(messageOf(error));
    } finally {
      isBusy = false;
    }
  }
  watch(id, () => {
    data.value = null;
    void load();
  });
  let off: (() => void) | undefined;
  onMounted(() => {
    void load();
    off = live.onPersonFrame((kind) => {
      if (kind === 'pending') void load();
    });
  });
  onUnmounted(() => off?.());
  return { data, problem, spec, isOpen, load, ask, run };
}
