/** The names of people and units that forms name by their ids; asked for once. */
import { reactive } from 'vue';

import { fetchPerson, fetchUnit } from '@/features/directory/api';

import type { NameBook } from './values';

const people = reactive(new Map<string, string>());
const units = reactive(new Map<string, string>());
const asked = new Set<string>();

function ask(key: string, find: () => Promise<string>, keep: (name: string) => void): void {
  if (asked.has(key)) return;
  asked.add(key);
  find().then(keep, () => asked.delete(key));
}

export const nameBook: NameBook = {
  person(id) {
    ask(`p ${id}`, async () => (await fetchPerson(id)).name, (name) => people.set(id, name));
    return people.get(id) ?? '…';
  },
  unit(id) {
    ask(`u ${id}`, async () => (await fetchUnit(id)).name, (name) => units.set(id, name));
    return units.get(id) ?? '…';
  },
};

export const learnPerson = (id: string, name: string): void => void people.set(id, name);
export const learnUnit = (id: string, name: string): void => void units.set(id, name);
