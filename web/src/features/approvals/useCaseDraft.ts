/** What is filled in before it is sent: on this device at once, at the server a second later. */
import { onUnmounted, ref, watch } from 'vue';

import { ApiError, messageOf } from '@/api/http';
import { readStored, removeStored, writeStored } from '@/lib/storage';

import { dropDraft, fetchDraft, keepDraft } from './api';
import type { FormData } from './form/types';

const IDLE_MS = 1000;
const NAME = 'tz.case.draft';

interface Kept {
  id: string;
  data: FormData;
  /** Whether the server has it too. */
  isSaved: boolean;
}

export type Saved = 'blank' | 'local' | 'saving' | 'saved' | 'failed';

/** A UUID without a secure context. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function useCaseDraft(process: string, room: string, asked: string) {
  const place = `${NAME}.${process}`;
  const data = ref<FormData>({});
  const id = ref(asked || newId());
  const saved = ref<Saved>('blank');
  const problem = ref('');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start = '{}';
  let isOn = false;
  let isDone = false;
  let running: Promise<void> | null = null;

  /** `usual`: the values of the form before anybody typed. */
  async function begin(usual: FormData): Promise<void> {
    const kept = readStored<Kept>(place);
    data.value = { ...usual };
    if (kept && (!asked || kept.id === asked)) {
      id.value = kept.id;
      data.value = { ...usual, ...kept.data };
      saved.value = kept.isSaved ? 'saved' : 'local';
    } else if (asked) {
      try {
        const found = await fetchDraft(asked);
        data.value = { ...usual, ...(found.data as FormData) };
        saved.value = 'saved';
      } catch (error) {
        problem.value = messageOf(error);
        // The draft is gone, perhaps sent from another device: what is written now is a new one.
        if (error instanceof ApiError && error.status === 404) id.value = newId();
      }
    }
    start = JSON.stringify(data.value);
    isOn = true;
    if (saved.value === 'local') later();
  }

  function later(): void {
    if (!isOn || isDone) return;
    writeStored(place, { id: id.value, data: data.value, isSaved: false } satisfies Kept);
    saved.value = 'local';
    clearTimeout(timer);
    timer = setTimeout(() => void save(), IDLE_MS);
  }

  async function save(): Promise<void> {
    clearTimeout(timer);
    if (isDone || saved.value === 'blank' || saved.value === 'saved') return;
    if (running) await running;
    running = write();
    await running;
    running = null;
  }

  async function write(): Promise<void> {
    const text = JSON.stringify(data.value);
    saved.value = 'saving';
    try {
      await keepDraft(id.value, process, data.value, room);
      if (isDone) return;
      if (JSON.stringify(data.value) === text) {
        saved.value = 'saved';
        writeStored(place, { id: id.value, data: data.value, isSaved: true } satisfies Kept);
      } else later();
      problem.value = '';
    } catch (error) {
      saved.value = 'failed';
      problem.value = messageOf(error);
    }
  }

  /** It has become a case: nothing is kept of it here, and nothing is sent after it. */
  function done(): void {
    isDone = true;
    clearTimeout(timer);
    removeStored(place);
  }

  async function discard(): Promise<void> {
    const wasAtServer = saved.value !== 'blank';
    done();
    if (wasAtServer) await dropDraft(id.value).catch(() => undefined);
  }

  watch(data, () => {
    if (isOn && JSON.stringify(data.value) !== start) {
      start = '';
      later();
    }
  }, { deep: true });
  onUnmounted(() => {
    clearTimeout(timer);
    if (saved.value === 'local') void save();
  });
  return { data, id, saved, problem, begin, save, done, discard };
}
