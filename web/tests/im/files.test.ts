import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPinia, setActivePinia } from 'pinia';
import { reactive } from 'vue';

import { ApiError } from '@/api/http';
import type { StoredFile, Told } from '@/features/im/files/transfer';
import { boxOf, fileOf, iconOf, mediaIdOf, sizeText } from '@/features/im/files/types';

const wire = vi.hoisted(() => ({ sent: [] as [string, Record<string, unknown>][], told: [] as { name: string; url: string | null; told: Told; cancelled: boolean }[] }));
const live = reactive({ status: 'online', send: (room: string, content: Record<string, unknown>) => wire.sent.push([room, content]) });
vi.mock('@/live/store', () => ({ useLive: () => live }));
vi.mock('@/stores/session', () => ({ useSession: () => ({ me: { user_id: '@a:x' }, override: null }) }));
vi.mock('@/features/im/files/transfer', () => ({
  transfer: (file: File, url: string | null, told: Told) => {
    const row = { name: file.name, url, told, cancelled: false };
    wire.told.push(row);
    return { stop: () => undefined, cancel: () => { row.cancelled = true; } };
  },
}));
const { useFiles } = await import('@/features/im/files/queue');

const stored = (name: string, msgtype = 'm.file'): StoredFile =>
  ({ media_id: name, content_uri: `mxc://x/${name}`, filename: name, msgtype, sha256: '', info: { size: 1 } }) as StoredFile;
const file = (name: string): File => new File(['x'], name, { type: 'text/plain' });
function only<T>(rows: readonly T[]): T {
  const row = rows[0];
  if (row === undefined) throw new Error('nothing there');
  return row;
}
const upload = (name: string) => only([...wire.told].reverse().filter((row) => row.name === name));
const bodies = (): unknown[] => wire.sent.map(([, content]) => content['body']);
const problem = (status: number, code = 'refused', facts = {}): ApiError => new ApiError(status, { code, message: '不行。', field: null, facts });

beforeEach(() => {
  setActivePinia(createPinia());
  wire.sent.length = 0;
  wire.told.length = 0;
  live.status = 'online';
});
afterEach(() => vi.useRealTimers());

describe('what a message says of its file', () => {
  it('reads the keys of any client and refuses nonsense', () => {
    expect(fileOf({ body: 'a.pdf', url: 'mxc://s/id_1', info: { mimetype: 'application/pdf; x', size: 5, 'org.tongzhou.file': { pages: 3, checked: false, preview: true } } })).toEqual({
      name: 'a.pdf', mime: 'application/pdf', size: 5, w: null, h: null, pages: 3, checked: false, preview: true, mediaId: 'id_1', caption: '',
    });
    expect(fileOf({ body: '说明', filename: 'a.png', url: 'mxc://s/id', info: { w: -1, h: 'x' } })).toMatchObject({ name: 'a.png', caption: '说明', w: null, h: null });
    expect(fileOf({ info: null })).toMatchObject({ name: '', mediaId: null });
  });
  it('takes no address but those of files', () => {
    for (const bad of ['https://x/y', 'mxc://x', 'mxc://x/../y', 'mxc://x/a/b', null, 5]) expect(mediaIdOf(bad)).toBeNull();
  });
  it('keeps the place of an image before it has come', () => {
    expect(boxOf(4000, 3000)).toEqual({ width: 320, height: 240 });
    expect(boxOf(100, 1000)).toEqual({ width: 64, height: 240 });
    expect(boxOf(120, 80)).toEqual({ width: 120, height: 80 });
    expect(boxOf(null, null)).toEqual({ width: 240, height: 180 });
  });
  it('writes sizes and picks icons', () => {
    expect([0, 1023, 1024, 1536, 52_428_800, 150_000_000].map(sizeText)).toEqual(['0 B', '1023 B', '1 KB', '1.5 KB', '50 MB', '143 MB']);
    expect([iconOf('image/png'), iconOf('', 'a.xlsx'), iconOf('video/mp4'), iconOf('application/pdf')]).toEqual(['image', 'table', 'play', 'document']);
  });
});

describe('the queue', () => {
  it('sends the files in their order and the words after them', () => {
    const files = useFiles();
    files.add([file('a'), file('b')], 'r', null);
    files.send('r', null, '见附件', { body: '见附件' }, {});
    upload('b').told.done(stored('b'));
    expect(bodies()).toEqual([]);
    upload('a').told.done(stored('a'));
    expect(bodies()).toEqual(['a', 'b', '见附件']);
    expect([files.files, files.batches]).toEqual([[], []]);
  });

  it('keeps the words when a file fails, gives them back, and goes on when the file is removed', () => {
    const files = useFiles();
    files.add([file('a'), file('bad')], 'r', null);
    files.send('r', null, '见附件', { body: '见附件' }, {});
    upload('a').told.done(stored('a'));
    upload('bad').told.failed(problem(422, 'secrecy_refused', { refusal: 'r1' }), false);
    expect(bodies()).toEqual(['a']);
    const [row] = files.files;
    expect([row?.state, row?.problem, row?.refusal, files.batchesOf('r', null)[0]?.text]).toEqual(['failed', '不行。', 'r1', '见附件']);
    files.remove(only(files.files).id);
    expect(bodies()).toEqual(['a', '见附件']);

    files.add([file('c')], 'r', null);
    files.send('r', null, '再看', { body: '再看' }, {});
    expect(files.takeBack(only(files.batchesOf('r', null)).id)).toBe('再看');
    expect(files.chosenOf('r', null).map((one) => one.file.name)).toEqual(['c']);
  });

  it('goes on by itself when the line comes back, from where it was', async () => {
    const files = useFiles();
    files.add([file('a')], 'r', null);
    upload('a').told.url('/api/v1/uploads/u1');
    upload('a').told.failed(problem(0, 'offline'), true);
    expect(files.files[0]?.state).toBe('waiting');
    live.status = 'offline';
    await Promise.resolve();
    live.status = 'online';
    await vi.waitFor(() => expect(wire.told).toHaveLength(2));
    expect(upload('a').url).toBe('/api/v1/uploads/u1');
  });

  it('tries again when asked, from the start after a refusal', () => {
    const files = useFiles();
    files.add([file('a')], 'r', null);
    upload('a').told.url('/api/v1/uploads/u1');
    upload('a').told.failed(problem(413, 'too_large'), false);
    expect(files.files[0]?.canRetry).toBe(false);
    files.retry(only(files.files).id);
    expect(upload('a').url).toBeNull();
  });

  it('uploads three at once, the others as these end', () => {
    const files = useFiles();
    files.add(['a', 'b', 'c', 'd'].map(file), 'r', null);
    expect(wire.told.map((row) => row.name)).toEqual(['a', 'b', 'c']);
    files.remove(only(files.files).id);
    expect(upload('a').cancelled).toBe(true);
    expect(wire.told.map((row) => row.name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps batches of a room in order and rooms apart', () => {
    const files = useFiles();
    files.add([file('a')], 'r', null);
    files.send('r', null, '一', { body: '一' }, {});
    files.add([file('b')], 'r', null);
    files.send('r', null, '二', { body: '二' }, {});
    files.add([file('c')], 'q', null);
    files.send('q', null, '', null, {});
    upload('b').told.done(stored('b'));
    upload('c').told.done(stored('c'));
    expect(bodies()).toEqual(['c']);
    upload('a').told.done(stored('a'));
    expect(bodies()).toEqual(['c', 'a', '一', 'b', '二']);
  });

  it('puts what the tools add on the last file where there are no words, and threads into each', () => {
    const files = useFiles();
    files.add([file('a'), file('b')], 'r', '$root');
    files.send('r', '$root', '', null, { 'org.tongzhou.confirm': { required: true } });
    upload('a').told.done(stored('a'));
    upload('b').told.done(stored('b'));
    expect(wire.sent.map(([, content]) => 'org.tongzhou.confirm' in content)).toEqual([false, true]);
    expect(wire.sent.every(([, content]) => (content['m.relates_to'] as { event_id: string }).event_id === '$root')).toBe(true);
  });
});
