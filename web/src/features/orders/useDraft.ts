/** One draft: kept on this device at once, at the server a second later, counted while it is written. */
import { computed, onUnmounted, reactive, ref, watch } from 'vue';

import { ApiError, messageOf } from '@/api/http';
import { readStored, removeStored, writeStored } from '@/lib/storage';
import { serverNow } from '@/lib/time';

import { countHeads, createDraft, type DraftIn, fetchOptions, type HeadCount, newKey, type Options, type Order, type Rung, saveDraft, type Scope, type Task } from './api';
import { fromLocal, roundedAfter, toLocal } from './moments';
import { emptyScope, fullScope, isEmpty } from './scope';

const IDLE_MS = 1000;
const COUNT_MS = 300;
const LOCAL = 'tz.orders.draft';

export interface DraftForm {
  title: string;
  text: string;
  urgency: 'top' | 'urgent' | 'normal';
  sign_by: string;
  report_by: string;
  scope: Required<Scope>;
  rungs: Rung[];
  tasks: Task[];
  mandate: string;
  organ_code: string;
  taskforce: string;
}

export function formOf(order: Order): DraftForm {
  return {
    title: order.title, text: order.text, urgency: order.urgency, sign_by: toLocal(order.sign_by), report_by: toLocal(order.report_by),
    scope: fullScope(order.scope), rungs: order.rungs, tasks: order.tasks.map(({ title, due_on, evidence_required }) => ({ title, due_on, evidence_required: evidence_required ?? false })), mandate: order.mandate, organ_code: order.organ_code, taskforce: order.taskforce ?? '',
  };
}
export function blankForm(): DraftForm {
  return { title: '', text: '', urgency: 'urgent', sign_by: roundedAfter(serverNow(), 60), report_by: '', scope: emptyScope(), rungs: [], tasks: [], mandate: '', organ_code: '', taskforce: '' };
}
export function bodyOf(form: DraftForm): DraftIn {
  return {
    title: form.title, text: form.text, urgency: form.urgency, sign_by: fromLocal(form.sign_by), report_by: fromLocal(form.report_by),
    scope: form.scope, rungs: form.rungs, tasks: form.tasks.filter(isWhole), mandate: form.mandate, organ_code: form.organ_code, taskforce: form.taskforce || null,
  };
}

/** A line that is still being written stays on this device. */
export const isWhole = (task: Task): boolean => Boolean(task.title.trim() && task.due_on);

export type Saved = 'blank' | 'local' | 'saving' | 'saved' | 'failed';

export function useDraft(start: Order | null) {
  const order = ref<Order | null>(start);
  const form = reactive<DraftForm>(blankForm());
  const options = ref<Options | null>(null);
  const heads = ref<HeadCount | null>(null);
  const isCounting = ref(false);
  const saved = ref<Saved>(start ? 'saved' : 'blank');
  const problem = ref('');
  const errors = ref<Record<string, string>>({});
  let key = newKey();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let counting: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  let running: Promise<boolean> | null = null;
  let sent = '';
  let isFilling = true;

  const localKey = (): string => `${LOCAL}.${order.value?.id ?? 'new'}`;
  const isTouched = computed(() => Boolean(form.title || form.text || !isEmpty(form.scope)));

  function fill(values: Partial<DraftForm>): void {
    Object.assign(form, values);
  }

  async function begin(): Promise<void> {
    if (order.value) fill(formOf(order.value));
    const kept = readStored<{ form: DraftForm; edit: number }>(localKey());
    // What was typed last and did not reach the server; an older copy than the server's is dropped.
    const fromDevice = kept && (!order.value || kept.edit === order.value.edit);
    sent = JSON.stringify(bodyOf(form));
    if (fromDevice) fill({ ...kept.form, tasks: kept.form.tasks ?? [] });
    try {
      options.value = await fetchOptions();
      if (!order.value && !fromDevice) suggest(options.value);
    } catch (error) {
      problem.value = messageOf(error);
    }
    isFilling = false;
    count();
    if (JSON.stringify(bodyOf(form)) !== sent) later(); // typed before the values came, or on the device
  }

  /** The usual values, where nobody has typed anything while they were on their way. */
  function suggest(usual: Options): void {
    if (!form.rungs.length) form.rungs = usual.defaults[form.urgency] ?? [];
    if (!form.organ_code) form.organ_code = usual.organ_code;
  }

  function later(): void {
    if (isFilling || !isTouched.value) return;
    writeStored(localKey(), { form, edit: order.value?.edit ?? 0 });
    saved.value = 'local';
    clearTimeout(timer);
    timer = setTimeout(() => void save(), IDLE_MS);
  }

  /** True when the server has what is on screen. */
  async function save(): Promise<boolean> {
    clearTimeout(timer);
    while (running) await running;
    const body = bodyOf(form);
    const text = JSON.stringify(body);
    if (order.value && text === sent) {
      saved.value = 'saved';
      return true;
    }
    running = write(body, text);
    try {
      return await running;
    } finally {
      running = null;
    }
  }

  async function write(body: DraftIn, text: string): Promise<boolean> {
    saved.value = 'saving';
    try {
      const before = localKey();
      const answer = order.value ? await saveDraft(order.value.id, { ...body, edit: order.value.edit }) : await createDraft(body, key);
      removeStored(before);
      order.value = answer.order;
      sent = text;
      errors.value = {};
      problem.value = '';
      saved.value = 'saved';
      if (JSON.stringify(bodyOf(form)) !== text) later();
      return true;
    } catch (error) {
      saved.value = 'failed';
      if (error instanceof ApiError && !error.isTransient) key = newKey();
      const field = error instanceof ApiError ? error.field : undefined;
      if (field) errors.value = { [field.split('.')[0] ?? field]: messageOf(error) };
      else problem.value = messageOf(error);
      return false;
    }
  }

  function count(): void {
    clearTimeout(counting);
    if (isEmpty(form.scope)) {
      asking?.abort();
      heads.value = null;
      return;
    }
    counting = setTimeout(() => void ask(), COUNT_MS);
  }
  async function ask(): Promise<void> {
    asking?.abort();
    const mine = (asking = new AbortController());
    isCounting.value = true;
    try {
      const found = await countHeads({ scope: form.scope, mandate: form.mandate, taskforce: form.taskforce || null, rungs: form.rungs }, mine.signal);
      if (mine.signal.aborted) return;
      heads.value = found;
      errors.value = Object.fromEntries(Object.entries(errors.value).filter(([name]) => name !== 'scope' && name !== 'mandate'));
    } catch (error) {
      if (mine.signal.aborted) return;
      heads.value = null;
      const field = error instanceof ApiError ? error.field : undefined;
      errors.value = { ...errors.value, [(field ?? 'scope').split('.')[0] ?? 'scope']: messageOf(error) };
    } finally {
      if (asking === mine) isCounting.value = false;
    }
  }

  watch(form, later, { deep: true });
  watch(() => JSON.stringify([form.scope, form.mandate, form.taskforce, form.rungs]), () => isFilling || count());
  onUnmounted(() => {
    clearTimeout(timer);
    clearTimeout(counting);
    asking?.abort();
    if (saved.value === 'local') void save();
  });
  return { order, form, options, heads, isCounting, saved, problem, errors, begin, save, count, fill };
}
