/** What the controls of one form share: ids, which complaints are due, and the names of the process's files. */
import { inject, type InjectionKey, provide, reactive, ref, type Ref } from 'vue';

import type { EvidenceQueue } from '@/features/items/useEvidence';

export interface FormContext {
  prefix: string;
  /** Complaints of a field are shown once it was left, of all of them once the form was to be sent. */
  touched: Set<string>;
  isAsked: Ref<boolean>;
  /** The server's complaint by field. */
  refused: Ref<Record<string, string>>;
  queues: Map<string, EvidenceQueue>;
}

const KEY: InjectionKey<FormContext> = Symbol('form');

export function provideForm(prefix: string, refused: Ref<Record<string, string>>): FormContext {
  const context: FormContext = { prefix, touched: reactive(new Set<string>()), isAsked: ref(false), refused, queues: new Map() };
  provide(KEY, context);
  return context;
}

export function useFormContext(): FormContext {
  const context = inject(KEY);
  if (!context) throw new Error('a control outside a form');
  return context;
}
