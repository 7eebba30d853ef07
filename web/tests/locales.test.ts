import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = resolve(__dirname, '../src');
const folders = [
  'i18n/locales',
  'cards/locales',
  ...readdirSync(resolve(root, 'features')).map((name) => `features/${name}/locales`),
];

function flatten(value: unknown, prefix = ''): Record<string, string> {
  if (typeof value === 'string') return { [prefix]: value };
  return Object.assign(
    {},
    ...Object.entries(value as Record<string, unknown>).map(([key, item]) => flatten(item, prefix ? `${prefix}.${key}` : key)),
  ) as Record<string, string>;
}

function read(folder: string, locale: string): Record<string, string> {
  return flatten(JSON.parse(readFileSync(resolve(root, folder, `${locale}.json`), 'utf8')));
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
}

const present = folders.filter((folder) => {
  try {
    return readdirSync(resolve(root, folder)).includes('zh-CN.json');
  } catch {
    return false;
  }
});

describe.each(present)('%s', (folder) => {
  const zh = read(folder, 'zh-CN');
  const en = read(folder, 'en');

  it('has the same keys in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it('has the same placeholders', () => {
    for (const [key, text] of Object.entries(zh)) expect([key, placeholders(en[key] ?? '')]).toEqual([key, placeholders(text)]);
  });

  it('escapes what the message syntax would read as a link or plural', () => {
    for (const [key, text] of [...Object.entries(zh), ...Object.entries(en)]) {
      expect([key, text.replace(/\{'[@|{}]'\}/g, '')]).toEqual([key, expect.not.stringMatching(/[@|]/)]);
    }
  });

  it('is plain: no exclamation marks, no emoji', () => {
    for (const text of [...Object.values(zh), ...Object.values(en)]) {
      expect(text).not.toMatch(/[!！]|\p{Extended_Pictographic}/u);
    }
  });
});

describe('messages used in the code', () => {
  function sources(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = resolve(folder, entry.name);
      if (entry.isDirectory()) return sources(path);
      return /\.(vue|ts)$/.test(entry.name) ? [path] : [];
    });
  }

  it('all exist', () => {
    const known = new Set<string>();
    for (const folder of present) {
      const namespace = folder === 'i18n/locales' ? '' : `${folder.replace(/^features\//, '').replace(/\/locales$/, '')}.`;
      for (const key of Object.keys(read(folder, 'zh-CN'))) known.add(namespace + key);
    }
    const missing: string[] = [];
    for (const path of sources(root)) {
      for (const match of readFileSync(path, 'utf8').matchAll(/(?<![\w.])t\('([\w.-]+)'/g)) {
        if (!known.has(match[1] ?? '')) missing.push(`${path.slice(root.length)}: ${match[1]}`);
      }
    }
    expect(missing).toEqual([]);
  });
});
