/** One form's errands: which field is wrong, what else went wrong, and whether the copy on screen is old. */
import { type MaybeRef, reactive, toValue } from 'vue';

import { ApiError, messageOf } from '@/api/http';

export interface Saving {
  errors: Record<string, string>;
  problem: string;
  /** Somebody else saved meanwhile: the form must be read anew before it can be saved. */
  isStale: boolean;
  isBusy: boolean;
  clear: () => void;
  /** What the form itself finds wrong, by field in the order on screen; true when that is nothing. */
  complain: (wrong: Record<string, string>) => boolean;
  run: <T>(errand: () => Promise<T>) => Promise<T | undefined>;
}

/** `fields` are those that the form shows; a refusal of any other stands below the form. */
export function useSaving(fields: MaybeRef<readonly string[]>, focus?: (field: string) => void): Saving {
  const saving: Saving = reactive({ errors: {}, problem: '', isStale: false, isBusy: false, clear, complain, run });
  function clear(): void {
    Object.assign(saving, { errors: {}, problem: '', isStale: false });
  }
  function complain(wrong: Record<string, string>): boolean {
    Object.assign(saving, { errors: wrong, problem: '' });
    const first = Object.keys(wrong)[0];
    if (first !== undefined) focus?.(first);
    return first === undefined;
  }
  async function run<T>(errand: () => Promise<T>): Promise<T | undefined> {
    clear();
    saving.isBusy = true;
    try {
      return await errand();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'edited_meanwhile') saving.isStale = true;
      if (error instanceof ApiError && error.field && toValue(fields).includes(error.field)) {
        saving.errors = { [error.field]: error.message };
        focus?.(error.field);
      } else saving.problem = messageOf(error);
      return undefined;
    } finally {
      saving.isBusy = false;
    }
  }
  return saving;
}
