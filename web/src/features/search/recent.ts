/** Recent searches, kept in this browser only, for each person. */
import { readStored, writeStored } from '@/lib/storage';

const MOST = 8;
const keyOf = (user: string): string => `tz.search.${user}`;

export function recentOf(user: string): string[] {
  const stored = readStored<unknown>(keyOf(user));
  return Array.isArray(stored) ? stored.filter((one): one is string => typeof one === 'string').slice(0, MOST) : [];
}

export function remember(user: string, text: string): string[] {
  const query = text.trim();
  if (!query) return recentOf(user);
  const next = [query, ...recentOf(user).filter((one) => one !== query)].slice(0, MOST);
  writeStored(keyOf(user), next);
  return next;
}

export function forget(user: string): void {
  writeStored(keyOf(user), []);
}
