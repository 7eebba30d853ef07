/** One case with its drawing; opening it tells the server that it was opened, once for each turn of it. */
import { onUnmounted, ref, type Ref, watch } from 'vue';

import { type Failure, failureOf } from '@/api/http';
import { useSoon } from '@/lib/later';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { type Case, type Diagram, fetchCase, fetchDiagram, openCase } from './api';

export function useCase(id: Ref<string>) {
  const live = useLive();
  const session = useSession();
  const found = ref<Case | null>(null);
  const diagram = ref<Diagram | null>(null);
  const problem = ref<Failure>(null);
  let asked = 0;

  const isUnopened = (one: Case): boolean => one.tasks.some((task) => task.mine && task.state === 'open' && !task.opened_at);

  async function load(): Promise<void> {
    const mine = ++asked;
    try {
      let one = await fetchCase(id.value);
      if (mine === asked && isUnopened(one)) one = await openCase(id.value);
      if (mine !== asked) return;
      const isNewStep = !diagram.value || found.value?.shown !== one.shown;
      found.value = one;
      problem.value = null;
      if (isNewStep) await draw(mine);
    } catch (error) {
      if (mine === asked) problem.value = failureOf(error);
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

  const soon = useSoon(load, 100, 300);
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
  onUnmounted(off);
  return { found, diagram, problem, load };
}
