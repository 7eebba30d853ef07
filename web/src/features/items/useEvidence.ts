/** Files that go with a deed: they upload as soon as they are chosen, and the deed names them by their media ids. */
import { onScopeDispose, reactive, type Ref, ref } from 'vue';

import { randomId } from '@/api/http';

import { type StoredFile, transfer, type Transfer } from '../im/files/transfer';
import { mediaIdOf } from '../im/files/types';

export interface EvidenceRow {
  id: string;
  name: string;
  mime: string;
  size: number;
  sent: number;
  state: 'uploading' | 'checking' | 'ready' | 'failed';
  problem: string;
  canRetry: boolean;
  mediaId: string | null;
  file: File;
}

export interface EvidenceQueue {
  rows: Ref<EvidenceRow[]>;
  add: (files: readonly File[]) => void;
  remove: (id: string) => void;
  retry: (id: string) => void;
  clear: () => void;
  /** Media ids of what is through. */
  ready: () => { media_id: string; name: string }[];
  isBusy: () => boolean;
}

const AGAIN_MS = 5000;

export function useEvidence(): EvidenceQueue {
  const rows = ref<EvidenceRow[]>([]);
  const running = new Map<string, Transfer>();
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function begin(row: EvidenceRow, url: string | null): void {
    let place = url;
    row.state = 'uploading';
    row.problem = '';
    running.set(row.id, transfer(row.file, place, {
      url: (found) => {
        place = found;
      },
      progress: (sent) => {
        row.sent = sent;
      },
      checking: () => {
        row.state = 'checking';
      },
      done: (stored: StoredFile) => {
        row.mediaId = mediaIdOf(stored.content_uri);
        row.state = 'ready';
        running.delete(row.id);
      },
      failed: (problem, again) => {
        row.problem = problem.message;
        row.canRetry = problem.code !== 'too_large' && problem.code !== 'bad_input';
        running.delete(row.id);
        if (!again) {
          row.state = 'failed';
          return;
        }
        const timer = setTimeout(() => {
          timers.delete(timer);
          if (rows.value.some((one) => one.id === row.id)) begin(row, place);
        }, AGAIN_MS);
        timers.add(timer);
      },
    }));
  }

  function add(files: readonly File[]): void {
    for (const file of files) {
      const row: EvidenceRow = reactive({ id: randomId('e'), name: file.name, mime: file.type, size: file.size, sent: 0, state: 'uploading', problem: '', canRetry: false, mediaId: null, file });
      rows.value.push(row);
      begin(row, null);
    }
  }
  function remove(id: string): void {
    running.get(id)?.cancel();
    running.delete(id);
    rows.value = rows.value.filter((row) => row.id !== id);
  }
  function retry(id: string): void {
    const row = rows.value.find((one) => one.id === id);
    if (row?.state === 'failed') begin(row, null);
  }
  function clear(): void {
    rows.value = [];
  }
  onScopeDispose(() => {
    for (const one of running.values()) one.stop();
    for (const timer of timers) clearTimeout(timer);
  });
  return {
    rows, add, remove, retry, clear,
    ready: () => rows.value.flatMap((row) => (row.state === 'ready' && row.mediaId ? [{ media_id: row.mediaId, name: row.name }] : [])),
    isBusy: () => rows.value.some((row) => row.state === 'uploading' || row.state === 'checking'),
  };
}
