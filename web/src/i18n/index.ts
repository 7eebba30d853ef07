/**
 * Messages come per feature: `features/<noun>/locales/{zh-CN,en}.json` is found at build time and put under the key
 * `<noun>`. zh-CN is loaded with the application, en on demand.
 */
import { createI18n } from 'vue-i18n';

export type Locale = 'zh-CN' | 'en';
type Messages = Record<string, unknown>;
type Loader = () => Promise<{ default: Messages }>;

const eager = import.meta.glob<{ default: Messages }>(
  ['./locales/zh-CN.json', '../features/*/locales/zh-CN.json', '../cards/locales/zh-CN.json'],
  { eager: true },
);
const lazy = import.meta.glob<{ default: Messages }>([
  './locales/en.json',
  '../features/*/locales/en.json',
  '../cards/locales/en.json',
]) as Record<string, Loader>;

/** `../features/im/locales/en.json` → `im`; the shared file is spread at the top. */
export function namespaceOf(path: string): string | null {
  const match = /(?:features\/([^/]+)|\.\.\/(cards))\/locales\//.exec(path);
  return match?.[1] ?? match?.[2] ?? null;
}

function assemble(files: [string, Messages][]): Messages {
  const all: Messages = {};
  for (const [path, messages] of files) {
    const namespace = namespaceOf(path);
    if (namespace) all[namespace] = messages;
    else Object.assign(all, messages);
  }
  return all;
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  missingWarn: false,
  fallbackWarn: false,
  messages: {
    'zh-CN': assemble(Object.entries(eager).map(([path, module]) => [path, module.default])) as never,
  } as Record<string, never>,
});

export async function setLocale(locale: Locale): Promise<void> {
  if (locale === 'en' && !(i18n.global.availableLocales as string[]).includes('en')) {
    const files = await Promise.all(
      Object.entries(lazy).map(async ([path, load]): Promise<[string, Messages]> => [path, (await load()).default]),
    );
    i18n.global.setLocaleMessage('en', assemble(files) as never);
  }
  (i18n.global.locale as unknown as { value: string }).value = locale;
  document.documentElement.lang = locale;
}

/** For modules outside components; components use useI18n(). */
export function t(key: string, values: Record<string, unknown> = {}): string {
  return (i18n.global.t as (key: string, values: Record<string, unknown>) => string)(key, values);
}
