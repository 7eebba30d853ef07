/** What this viewer may do on the cards on screen, and what was done. */
import { defineStore } from 'pinia';
import { reactive, ref } from 'vue';

import { http, randomId } from '@/api/http';
import type { Schemas } from '@/api/types';

import { CardBatch, type CardRef, refKey } from './batch';

export type CardState = Pick<Schemas['CardStateOut'], 'version' | 'abilities' | 'done'>;

export const useCards = defineStore('cards', () => {
  const states = reactive(new Map<string, CardState>());
  const busy = ref<string | null>(null);
  const batch = new CardBatch();

  async function ask(): Promise<void> {
    const refs = batch.take(Date.now());
    for (let start = 0; start < refs.length; start += 100) {
      const cards = refs.slice(start, start + 100).map(({ room, event }) => ({ room, event }));
      try {
        const answer = await http.post<Schemas['CardStatesOut']>('/cards/state', { cards });
        for (const row of answer.cards) {
          states.set(refKey(row), { version: row.version, abilities: row.abilities, done: row.done });
        }
      } catch {
        batch.forget(cards); // without an answer no button is shown; the next rendering asks again
      }
    }
  }

  function plan(delay: number | null): void {
    if (delay !== null) setTimeout(() => void ask(), delay);
  }

  const want = (card: CardRef, version: number): void => plan(batch.want(card, version, Date.now()));
  const stateOf = (card: CardRef): CardState | undefined => states.get(refKey(card));

  /** Press a button. The key makes a second press of the same form one deed; answers the server's sentence, throws ApiError with one. */
  async function act(card: CardRef, name: string, params: Record<string, unknown>, key: string): Promise<string> {
    busy.value = `${refKey(card)} ${name}`;
    try {
      const path = `/rooms/${encodeURIComponent(card.room)}/cards/${encodeURIComponent(card.event)}/actions/${encodeURIComponent(name)}`;
      return (await http.post<Schemas['ActionOut']>(path, { key, params })).message;
    } finally {
      busy.value = null;
      plan(batch.again(card, Date.now()));
    }
  }

  const newKey = (): string => randomId('k');
  return { states, busy, want, stateOf, act, newKey };
});
