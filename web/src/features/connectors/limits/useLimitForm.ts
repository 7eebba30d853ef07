/** A form of limits: tried on the last days before it is kept, and what is typed stays on the device until then. */
import { computed, ref, type Ref, watch } from 'vue';

import { useSaving } from '@/lib/saving';
import { readStored, removeStored, writeStored } from '@/lib/storage';

import type { Preview } from '../api';

interface Errand<D> {
  /** Where the form is kept on the device. */
  kept: () => string;
  /** The form as it opens. */
  begin: () => D;
  /** What the server may complain of; the input of a field has the id `<prefix>-<field>`. */
  fields: (form: D) => string[];
  prefix: string;
  faults: (form: D, isTry: boolean) => Record<string, string>;
  preview: (form: D) => Promise<Preview>;
  save: (form: D) => Promise<unknown>;
  onSaved: () => void;
}

export function useLimitForm<D extends object>(open: Ref<boolean>, errand: Errand<D>) {
  const form = ref(errand.begin()) as Ref<D>;
  const preview = ref<Preview | null>(null);
  let untouched = '';
  const saving = useSaving(computed(() => errand.fields(form.value)), (field) => document.getElementById(`${errand.prefix}-${field}`)?.focus());
  watch(open, (now) => {
    if (!now) return;
    saving.clear();
    preview.value = null;
    const begun = errand.begin();
    untouched = JSON.stringify(begun);
    form.value = readStored<D>(errand.kept()) ?? begun;
  });
  watch(form, (now) => {
    if (!open.value) return;
    preview.value = null;
    // What nobody touched is not kept: it would hide what others save meanwhile.
    if (JSON.stringify(now) === untouched) removeStored(errand.kept());
    else writeStored(errand.kept(), now);
  }, { deep: true });

  async function attempt(): Promise<void> {
    if (!saving.complain(errand.faults(form.value, true))) return;
    preview.value = (await saving.run(() => errand.preview(form.value))) ?? null;
  }
  async function save(): Promise<void> {
    if (!saving.complain(errand.faults(form.value, false))) return;
    if (!(await saving.run(() => errand.save(form.value)))) return;
    discard();
    errand.onSaved();
  }
  function discard(): void {
    removeStored(errand.kept());
    open.value = false;
  }
  return { form, preview, saving, attempt, save, discard };
}
