/** One form that does one deed: its complaints, and a key that makes pressing twice, or again after a lost answer,
 * one deed. A refused one takes a new key: it was not done. */
import { type MaybeRef, type Ref, watch, type WatchSource } from 'vue';

import { ApiError } from '@/api/http';
import { type Saving, useSaving } from '@/lib/saving';

import { newKey } from './api';

export interface Deed {
  /** Prefix of the fields' element ids. */
  uid: string;
  saving: Saving;
  /** Does it with the key; undefined when it was refused, and the form says why. */
  run: <T>(errand: (key: string) => Promise<T>) => Promise<T | undefined>;
}

/** `entries`: what is typed. A complaint goes as soon as something of it changes; the next press asks again. */
export function useDeed(uid: string, open: Ref<boolean>, fields: MaybeRef<readonly string[]>, entries: (WatchSource<unknown> | object)[]): Deed {
  const saving = useSaving(fields, (field) => document.getElementById(`${uid}-${field}`)?.focus());
  let key = newKey();
  watch(open, (now) => {
    if (now) key = newKey();
    saving.clear();
  });
  watch(entries, () => (saving.errors = {}), { deep: true });

  const run = <T>(errand: (key: string) => Promise<T>): Promise<T | undefined> =>
    saving.run(async () => {
      try {
        return await errand(key);
      } catch (error) {
        if (error instanceof ApiError && !error.isTransient) key = newKey();
        throw error;
      }
    });
  return { uid, saving, run };
}
