/**
 * Files between the composer and the conversation. They upload as soon as they are chosen; 发送 makes a batch of what
 * has been chosen, and the batch goes out when its files are through: the files in their order, the words after them.
 * Until then the words stay here, whatever happens to the files.
 */
import { defineStore } from 'pinia';
import { computed, reactive, ref, watch } from 'vue';

import { randomId } from '@/api/http';
import type { Content } from '@/live/frames';
import { useLive } from '@/live/store';
import { useSession } from '@/stores/session';

import { dropBatch, dropFile, keepBatch, keepFile, keptBatches, keptFiles, type KeptBatch } from './keep';
import { type StoredFile, transfer, type Transfer } from './transfer';

export type FileState = 'waiting' | 'uploading' | 'checking' | 'ready' | 'failed';

export interface QueuedFile {
  id: string;
  room: string;
  thread: string | null;
  file: File;
  /** Object URL of an image, for the preview. */
  picture: string | null;
  state: FileState;
  sent: number;
  url: string | null;
  batch: string | null;
  stored: StoredFile | null;
  problem: string;
  /** The secrecy gate's record, when that is why. */
  refusal: string | null;
  /** Trying again is of use. */
  canRetry: boolean;
  createdAt: number;
}

const AT_ONCE = 3;
const AGAIN_MS = 8000;

export const useFiles = defineStore('files', () => {
  const live = useLive();
  const session = useSession();
  const files = ref<QueuedFile[]>([]);
  const batches = ref<KeptBatch[]>([]);
  const running = new Map<string, Transfer>();
  const user = computed(() => session.me?.user_id ?? '');
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isPlace = (row: { room: string; thread: string | null }, room: string, thread: string | null): boolean => row.room === room && row.thread === thread;
  const filesOf = (room: string, thread: string | null): QueuedFile[] => files.value.filter((one) => isPlace(one, room, thread));
  const batchesOf = (room: string, thread: string | null): KeptBatch[] => batches.value.filter((one) => isPlace(one, room, thread));
  const chosenOf = (room: string, thread: string | null): QueuedFile[] => filesOf(room, thread).filter((one) => one.batch === null);

  function newRow(file: File, room: string, thread: string | null): QueuedFile {
    return reactive({
      id: randomId('f'), room, thread, file,
      picture: file.type.startsWith('image/') && file.type !== 'image/svg+xml' ? URL.createObjectURL(file) : null,
      state: 'waiting', sent: 0, url: null, batch: null, stored: null, problem: '', refusal: null, canRetry: false, createdAt: Date.now(),
    });
  }

  function add(chosen: readonly File[], room: string, thread: string | null): void {
    for (const file of chosen) {
      const row = newRow(file, room, thread);
      files.value.push(row);
      keep(row);
    }
    pump();
  }

  function keep(row: QueuedFile): void {
    const { id, room, thread, file, url, batch, createdAt } = row;
    void keepFile({ id, user: user.value, room, thread, file, url, batch, createdAt });
  }

  /** Start what may start. */
  function pump(): void {
    for (const row of files.value) {
      if (running.size >= AT_ONCE) return;
      if (row.state === 'waiting' && !running.has(row.id)) begin(row);
    }
  }

  function begin(row: QueuedFile): void {
    row.state = 'uploading';
    row.problem = '';
    running.set(row.id, transfer(row.file, row.url, {
      url: (url) => {
        row.url = url;
        keep(row);
      },
      progress: (sent) => {
        row.sent = sent;
      },
      checking: () => {
        row.state = 'checking';
        row.sent = row.file.size;
      },
      done: (stored) => {
        row.stored = stored;
        row.state = 'ready';
        ended(row);
        advance();
      },
      failed: (problem, again) => {
        row.problem = problem.message;
        row.refusal = typeof problem.facts['refusal'] === 'string' ? problem.facts['refusal'] : null;
        row.canRetry = problem.code !== 'too_large' && problem.code !== 'bad_input';
        row.state = again ? 'waiting' : 'failed';
        if (!again) row.url = null;
        ended(row, again);
      },
    }));
  }

  function ended(row: QueuedFile, again = false): void {
    running.delete(row.id);
    if (!again) {
      pump();
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(pump, AGAIN_MS);
  }

  /** The line is back: at once, not after the pause. */
  function lineIsBack(): void {
    clearTimeout(timer);
    pump();
  }
  watch(() => live.status, (status) => status === 'online' && lineIsBack());
  window.addEventListener('online', lineIsBack);

  function retry(id: string): void {
    const row = files.value.find((one) => one.id === id);
    if (!row || row.state !== 'failed') return;
    row.state = 'waiting';
    pump();
  }

  function remove(id: string): void {
    const row = files.value.find((one) => one.id === id);
    if (!row) return;
    running.get(id)?.cancel();
    running.delete(id);
    forget(row);
    advance();
    pump();
  }

  function forget(row: QueuedFile): void {
    files.value = files.value.filter((one) => one.id !== row.id);
    if (row.picture) URL.revokeObjectURL(row.picture);
    void dropFile(row.id);
  }

  /** Send what has been chosen, then the words. */
  function send(room: string, thread: string | null, text: string, content: Content | null, extra: Content): void {
    const chosen = chosenOf(room, thread);
    if (chosen.length === 0) return;
    const batch: KeptBatch = { id: randomId('b'), user: user.value, room, thread, content, text, extra, createdAt: Date.now() };
    batches.value.push(batch);
    void keepBatch(batch);
    for (const row of chosen) {
      row.batch = batch.id;
      keep(row);
    }
    advance();
  }

  /** Batches go in their order, and within one the files in theirs. */
  function advance(): void {
    const held = new Set<string>();
    for (const batch of [...batches.value]) {
      const place = `${batch.room} ${batch.thread ?? ''}`;
      if (held.has(place)) continue;
      const mine = files.value.filter((one) => one.batch === batch.id);
      for (const [index, row] of mine.entries()) {
        if (row.state !== 'ready' || !row.stored) break;
        const isLast = index === mine.length - 1 && batch.content === null;
        live.send(batch.room, fileContent(row.stored, batch, isLast));
        forget(row);
      }
      if (files.value.some((one) => one.batch === batch.id)) {
        held.add(place);
        continue;
      }
      if (batch.content) live.send(batch.room, batch.content);
      batches.value = batches.value.filter((one) => one.id !== batch.id);
      void dropBatch(batch.id);
    }
  }

  function fileContent(stored: StoredFile, batch: KeptBatch, isLast: boolean): Content {
    const base: Content = { msgtype: stored.msgtype, body: stored.filename, url: stored.content_uri, info: stored.info };
    if (batch.thread) {
      base['m.relates_to'] = { rel_type: 'm.thread', event_id: batch.thread, is_falling_back: true, 'm.in_reply_to': { event_id: batch.thread } };
    }
    return isLast ? { ...base, ...batch.extra } : base;
  }

  /** The words back into the composer; what is left of the files stays chosen. */
  function takeBack(id: string): string {
    const batch = batches.value.find((one) => one.id === id);
    if (!batch) return '';
    batches.value = batches.value.filter((one) => one.id !== id);
    void dropBatch(id);
    for (const row of files.value.filter((one) => one.batch === id)) {
      row.batch = null;
      keep(row);
    }
    return batch.text;
  }

  /** What an earlier page left. */
  async function restore(): Promise<void> {
    const owner = user.value;
    if (!owner) return;
    const [rows, groups] = await Promise.all([keptFiles(owner), keptBatches(owner)]);
    if (owner !== user.value) return;
    const known = new Set(files.value.map((one) => one.id));
    for (const kept of rows.filter((one) => !known.has(one.id))) {
      files.value.push(Object.assign(newRow(kept.file, kept.room, kept.thread), { id: kept.id, url: kept.url, batch: kept.batch, createdAt: kept.createdAt }));
    }
    const open = new Set(batches.value.map((one) => one.id));
    batches.value.push(...groups.filter((one) => !open.has(one.id)));
    pump();
    advance();
  }
  watch(user, (now, before) => {
    if (before && now !== before) {
      for (const one of running.values()) one.stop();
      running.clear();
      files.value = [];
      batches.value = [];
    }
    void restore();
  }, { immediate: true });

  return { files, batches, filesOf, batchesOf, chosenOf, add, retry, remove, send, takeBack };
});
