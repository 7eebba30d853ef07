/**
 * Files that wait for the line, kept in IndexedDB so that a reload loses neither them nor the words that go with them.
 * Where the browser has none (private windows), they live as long as the page.
 */
import type { Content } from '@/live/frames';

export interface KeptFile {
  id: string;
  user: string;
  room: string;
  thread: string | null;
  file: File;
  /** Where the server takes its pieces, once known. */
  url: string | null;
  batch: string | null;
  createdAt: number;
}

export interface KeptBatch {
  id: string;
  user: string;
  room: string;
  thread: string | null;
  /** The message that follows the files; null for none. */
  content: Content | null;
  text: string;
  /** What the composer's tools add where there are no words. */
  extra: Content;
  createdAt: number;
}

const NAME = 'tz-files';
const STORES = ['files', 'batches'] as const;
type StoreName = (typeof STORES)[number];
let opening: Promise<IDBDatabase | null> | undefined;

function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        for (const name of STORES) asked.result.createObjectStore(name, { keyPath: 'id' });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
      asked.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
  return opening;
}

async function change(name: StoreName, act: (store: IDBObjectStore) => void): Promise<void> {
  const database = await open();
  if (!database) return;
  await new Promise<void>((resolve) => {
    try {
      const deed = database.transaction(name, 'readwrite');
      act(deed.objectStore(name));
      deed.oncomplete = () => resolve();
      deed.onerror = () => resolve();
      deed.onabort = () => resolve();
    } catch {
      resolve(); // a full disk: they live as long as the page
    }
  });
}

async function all<T extends { user: string; createdAt: number }>(name: StoreName, user: string): Promise<T[]> {
  const database = await open();
  if (!database) return [];
  return new Promise((resolve) => {
    const asked = database.transaction(name, 'readonly').objectStore(name).getAll();
    asked.onsuccess = () => resolve((asked.result as T[]).filter((row) => row.user === user).sort((one, other) => one.createdAt - other.createdAt));
    asked.onerror = () => resolve([]);
  });
}

export const keepFile = (row: KeptFile): Promise<void> => change('files', (store) => void store.put(row));
export const dropFile = (id: string): Promise<void> => change('files', (store) => void store.delete(id));
export const keepBatch = (row: KeptBatch): Promise<void> => change('batches', (store) => void store.put(row));
export const dropBatch = (id: string): Promise<void> => change('batches', (store) => void store.delete(id));
export const keptFiles = (user: string): Promise<KeptFile[]> => all<KeptFile>('files', user);
export const keptBatches = (user: string): Promise<KeptBatch[]> => all<KeptBatch>('batches', user);
