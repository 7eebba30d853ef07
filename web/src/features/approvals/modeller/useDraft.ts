/** One draft of a process: changed here at once, at the server a second later; what could not be saved stays on screen. */
import { computed, onUnmounted, ref, type Ref } from 'vue';

import { ApiError, type Failure, failureOf } from '@/api/http';
import { readStored, removeStored, writeStored } from '@/lib/storage';

import { type Content, fetchOne, type Finding, type ProcessDraft, save } from './api';

const IDLE_MS = 1000;
export type Saved = 'saved' | 'local' | 'saving' | 'failed' | 'stale';

interface Kept {
  edit: number;
  part: Partial<Content>;
}

export function useDraft(id: Ref<string>) {
  const draft = ref<ProcessDraft | null>(null);
  const findings = ref<Finding[] | null>(null);
  const saved = ref<Saved>('saved');
  const problem = ref<Failure>(null);
  let waiting: Partial<Content> = {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | null = null;

  const place = (): string => `tz.process.${id.value}`;
  const isLocked = computed(() => draft.value?.state !== 'draft' || !draft.value.abilities.includes('edit') || saved.value === 'stale');

  async function load(): Promise<void> {
    problem.value = null;
    try {
      const found = await fetchOne(id.value);
      const kept = readStored<Kept>(place());
      draft.value = found;
      saved.value = 'saved';
      waiting = {};
      if (kept && kept.edit === found.edit && found.state === 'draft') change(kept.part);
      findings.value = found.findings;
    } catch (error) {
      problem.value = failureOf(error);
    }
  }

  function change(part: Partial<Content>): void {
    if (!draft.value || isLocked.value) return;
    Object.assign(draft.value, part);
    waiting = { ...waiting, ...part };
    writeStored(place(), { edit: draft.value.edit, part: waiting } satisfies Kept);
    saved.value = 'local';
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), IDLE_MS);
  }

  /** True when the server has what is on screen. */
  async function keep(): Promise<boolean> {
    clearTimeout(timer);
    while (running) await running;
    if (!draft.value || Object.keys(waiting).length === 0) return saved.value === 'saved';
    running = write(draft.value);
    try {
      return await running;
    } finally {
      running = null;
    }
  }

  async function write(now: ProcessDraft): Promise<boolean> {
    const part = waiting;
    waiting = {};
    saved.value = 'saving';
    try {
      const answer = await save(now.id, { ...part, edit: now.edit });
      now.edit = answer.edit;
      now.abilities = answer.abilities;
      findings.value = answer.findings;
      problem.value = null;
      if (Object.keys(waiting).length > 0) {
        change({});
        return false;
      }
      removeStored(place());
      saved.value = 'saved';
      return true;
    } catch (error) {
      waiting = { ...part, ...waiting };
      problem.value = failureOf(error);
      saved.value = error instanceof ApiError && error.status === 409 ? 'stale' : 'failed';
      return false;
    }
  }

  /** Closing the window waits for a word while something is not at the server; it stays on this device even then. */
  function warn(event: BeforeUnloadEvent): void {
    if (saved.value === 'saved' || saved.value === 'stale') return;
    void keep();
    event.preventDefault();
  }
  window.addEventListener('beforeunload', warn);
  onUnmounted(() => {
    window.removeEventListener('beforeunload', warn);
    if (saved.value === 'local') void keep();
    clearTimeout(timer);
  });
  return { draft, findings, saved, problem, isLocked, load, change, keep };
}
