/** One case with its drawing; opening it tells the server that it was opened, once for each turn of it. */
import { onUnmounted, ref, type Ref, watch } from 'vue';

import { ApiError, messageOf } from '@/api/http';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { type Case, type Diagram, fetchCase, fetchDiagram, openCase } from './api';

export function useCase(id: Ref<string>) {
  const live = useLive();
  const session = useSession();
  const found = ref<Case | null>(null);
  const diagram = ref<Diagram | null>(null);
  const problem = ref('');
  const isGone = ref(false);
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isUnopened = (one: Case): boolean => one.tasks.some((task) => task.mine && task.state === 'open' && !task.opened_at);

  async function load(): Promise<void> {
    const mine = ++asked;
    try {
      let one = await fetchCase(id.value);
      if (mine === asked && isUnopened(one)) one = await openCase(id.value);
      if (mine !== asked) return;
      const isNewStep = !diagram.value || found.value?.shown !== one.shown;
      found.value = one;
      problem.value = '';
      isGone.value = false;
      if (isNewStep) await draw(mine);
    } catch (error) {
      if (mine !== asked) return;
      isGone.value = error instanceof ApiError && error.status === 404;
      problem.value = messageOf(error);
    }
  }

  async function draw(mine: number): Promise<void> {
    try {
      const drawn = await fetchDiagram(id.value);
      if (mine === asked) diagram.value = drawn;
    } catch {
      // The route in words says the same: a drawing that does not come hides nothing.
      if (mine === asked) diagram.value = null;
    }
  }

  function soon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, 100 + Math.random() * 300);
  }

  watch([id, () => session.acting?.id], () => {
    found.value = null;
    diagram.value = null;
    void load();
  }, { immediate: true });
  // Of this very case: at once, since somebody looks at it. Anything else that waits may change what one may do here.
  const off = live.onPersonFrame((kind, content) => {
    if (kind === 'case' && (content as { id?: string } | undefined)?.id === id.value) void load();
    else if (kind === 'pending') soon();
  });
  onUnmounted(() => {
    off();
    clearTimeout(timer);
  });
  return { found, diagram, problem, isGone, load };
}
