/** Orders that wait for me, on whatever screen: by person frames, after each reconnect, and every minute at the latest. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';

import { useLive } from '@/live/store';

import { act, fetchMine, type MyOrder, newKey } from './api';
import { isHeard, orderFrame, queueOf, takeFrame } from './strip';

const SPREAD_MS = 4000;

export const useOrders = defineStore('orders', () => {
  const orders = ref<MyOrder[]>([]);
  const queue = computed(() => queueOf(orders.value));
  /** Rises with each change that a screen with orders should show. */
  const changes = ref(0);
  const keys = new Map<string, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    try {
      orders.value = (await fetchMine(true)).items;
    } catch {
      // what is known stays on screen; the next frame or minute asks again
    }
  }

  /** A flood of orders to thousands does not make thousands of questions in one second. */
  function soon(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), 500 + Math.random() * SPREAD_MS);
  }

  function listen(onHeard: () => void): () => void {
    return useLive().onPersonFrame((kind, body) => {
      if (kind !== 'order') return;
      const frame = orderFrame.safeParse(body);
      if (!frame.success) return;
      const taken = takeFrame(orders.value, frame.data);
      orders.value = taken.orders;
      changes.value += 1;
      if (taken.fresh && isHeard({ urgency: frame.data.urgency, is_drill: frame.data.is_drill })) onHeard();
      soon();
    });
  }

  /** Sign for; the same press again, or after a lost answer, is one deed. */
  async function signFor(one: Pick<MyOrder, 'id' | 'version'>, room = ''): Promise<string> {
    const name = `${one.id} ${one.version}`;
    const key = keys.get(name) ?? newKey();
    keys.set(name, key);
    const answer = await act(one.id, 'sign-for', { room }, key);
    drop(one.id);
    return answer.message;
  }

  function drop(id: string): void {
    orders.value = orders.value.filter((one) => one.id !== id);
    changes.value += 1;
  }

  return { orders, queue, changes, load, listen, signFor, drop };
});
