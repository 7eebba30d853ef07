/** What files are called, how large they are, where their pictures lie. Pure. */
import { visible } from '../text';
import type { Content } from '@/live/frames';
import type { IconName } from '@/ui/icons';

export interface FileInfo {
  name: string;
  mime: string;
  size: number | null;
  w: number | null;
  h: number | null;
  pages: number;
  /** Whether its text passed the secrecy gate; null where there is no text or nothing is known. */
  checked: boolean | null;
  preview: boolean;
  mediaId: string | null;
  caption: string;
}

const whole = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : null);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const object = (value: unknown): Record<string, unknown> => (value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {});

/** The id in an mxc address of this server; files of others are not kept here. */
export function mediaIdOf(uri: unknown): string | null {
  const match = /^mxc:\/\/[^/]+\/([\w-]+)$/.exec(text(uri));
  return match?.[1] ?? null;
}

/** What a message with a file says of it, whoever wrote it. */
export function fileOf(content: Content): FileInfo {
  const info = object(content['info']);
  const ours = object(info['org.tongzhou.file']);
  const body = text(content['body']);
  const name = visible(text(content['filename']) || body);
  return {
    name,
    mime: text(info['mimetype']).split(';')[0] ?? '',
    size: whole(info['size']),
    w: whole(info['w']),
    h: whole(info['h']),
    pages: whole(ours['pages']) ?? 0,
    checked: typeof ours['checked'] === 'boolean' ? ours['checked'] : null,
    preview: ours['preview'] === true,
    mediaId: mediaIdOf(content['url']),
    caption: content['filename'] && visible(body) !== name ? body : '',
  };
}

export const originalUrl = (id: string): string => `/api/v1/media/${encodeURIComponent(id)}`;
export const downloadUrl = (id: string): string => `${originalUrl(id)}?download=true`;
export const thumbnailUrl = (id: string, side: number): string => `${originalUrl(id)}/thumbnail?w=${side}&h=${side}`;
export const pageUrl = (id: string, page: number): string => `${originalUrl(id)}/pages/${page}`;

const UNITS = ['B', 'KB', 'MB', 'GB'] as const;

export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

const TABLES = /spreadsheet|excel|csv|\bet\b/;

export function iconOf(mime: string, name = ''): IconName {
  if (mime.startsWith('image/')) return 'image';
  if (mime.startsWith('video/') || mime.startsWith('audio/')) return 'play';
  if (TABLES.test(mime) || /\.(xlsx?|csv|et|ods)$/i.test(name)) return 'table';
  return 'document';
}

/** The largest box of an image in a conversation. */
export const BOX = { width: 320, height: 240 };

/** The room that an image takes, known before it has come, so that nothing moves when it does. */
export function boxOf(w: number | null, h: number | null): { width: number; height: number } {
  if (!w || !h) return { width: 240, height: 180 };
  const scale = Math.min(1, BOX.width / w, BOX.height / h);
  return { width: Math.max(64, Math.round(w * scale)), height: Math.max(48, Math.round(h * scale)) };
}
