/** The settings of each kind that are asked for on lines of their own; all others are JSON. Pure. */
import type { Kind } from './draft';

type Json = Record<string, unknown>;

export interface ConfigField {
  /** Where it stands in the configuration, with dots. */
  path: string;
  as: 'text' | 'number' | 'check' | 'lines' | 'area' | 'select';
  /** Of a select, where the first is what an empty one means; of a text, what is offered. */
  options?: readonly string[];
  /** Asked for only where another setting has one of these values. */
  when?: { path: string; is: readonly string[] };
}

const authOf = (is: readonly string[]): ConfigField['when'] => ({ path: 'auth.kind', is });
const pagingOf = (is: readonly string[]): ConfigField['when'] => ({ path: 'paging.kind', is });
const SFTP: ConfigField['when'] = { path: 'place', is: ['sftp'] };

const AUTH: readonly ConfigField[] = [
  { path: 'auth.kind', as: 'select', options: ['none', 'bearer', 'header', 'basic', 'query', 'hmac', 'oauth2'] },
  { path: 'auth.header', as: 'text', when: authOf(['header']) },
  { path: 'auth.user', as: 'text', when: authOf(['basic', 'oauth2']) },
  { path: 'auth.param', as: 'text', when: authOf(['query']) },
  { path: 'auth.app_key', as: 'text', when: authOf(['hmac']) },
  { path: 'auth.token_url', as: 'text', when: authOf(['oauth2']) },
  { path: 'auth.scope', as: 'text', when: authOf(['oauth2']) },
];

export const CONFIG_FIELDS: Record<Kind, readonly ConfigField[]> = {
  rest: [
    ...AUTH,
    { path: 'paging.kind', as: 'select', options: ['', 'page', 'offset', 'cursor', 'link'] },
    { path: 'paging.page_param', as: 'text', when: pagingOf(['page', 'offset', 'cursor']) },
    { path: 'paging.size_param', as: 'text', when: pagingOf(['page', 'offset', 'cursor']) },
    { path: 'paging.size', as: 'number', when: pagingOf(['page', 'offset', 'cursor']) },
    { path: 'paging.next', as: 'text', when: pagingOf(['cursor', 'link']) },
  ],
  cap: AUTH,
  prometheus: [{ path: 'query', as: 'text' }, ...AUTH],
  sql: [
    { path: 'dialect', as: 'text', options: ['postgresql', 'mysql', 'oracle+oracledb', 'mssql+pymssql'] },
    { path: 'host', as: 'text' },
    { path: 'port', as: 'number' },
    { path: 'database', as: 'text' },
    { path: 'user', as: 'text' },
    { path: 'tls', as: 'check' },
    { path: 'query', as: 'area', when: { path: 'preset', is: [''] } },
  ],
  file: [
    { path: 'place', as: 'select', options: ['folder', 'sftp'] },
    { path: 'folder', as: 'text' },
    { path: 'pattern', as: 'text' },
    { path: 'sheet', as: 'text' },
    { path: 'encoding', as: 'select', options: ['', 'utf-8', 'gb18030'] },
    { path: 'host', as: 'text', when: SFTP },
    { path: 'port', as: 'number', when: SFTP },
    { path: 'user', as: 'text', when: SFTP },
    { path: 'host_key', as: 'text', when: SFTP },
  ],
  webhook: [{ path: 'freshness_s', as: 'number' }],
  mqtt: [
    { path: 'host', as: 'text' },
    { path: 'port', as: 'number' },
    { path: 'tls', as: 'check' },
    { path: 'topics', as: 'lines' },
    { path: 'user', as: 'text' },
  ],
  hj212: [{ path: 'port', as: 'number' }, { path: 'version', as: 'select', options: ['2017', '2005'] }],
  sl651: [{ path: 'port', as: 'number' }, { path: 'mode', as: 'select', options: ['M2', 'M1', 'M3'] }],
  manual: [],
};

const object = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});

/** The configuration in the text; null where it is no JSON object. */
export function parseConfig(text: string): Json | null {
  try {
    const found: unknown = JSON.parse(text || '{}');
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Json) : null;
  } catch {
    return null;
  }
}

export function valueAt(config: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => object(at)[name], config);
}

/** A copy with the value in its place. '' and null take it away; no kind of authentication or paging takes all of it away. */
export function withValue(config: Json, path: string, value: unknown): Json {
  const [name = '', ...rest] = path.split('.');
  const isNone = value === '' || value === null || (rest[0] === 'kind' && value === 'none');
  let put: unknown = isNone ? undefined : value;
  if (rest.length > 0) {
    const inner = rest[0] === 'kind' && isNone ? {} : withValue(object(config[name]), rest.join('.'), value);
    put = Object.keys(inner).length > 0 ? inner : undefined;
  }
  return Object.fromEntries(Object.entries({ ...config, [name]: put }).filter(([, one]) => one !== undefined));
}

export const isAsked = (field: ConfigField, config: Json): boolean => {
  if (!field.when) return true;
  const said = valueAt(config, field.when.path);
  return field.when.is.includes(typeof said === 'string' ? said : '');
};

/** Where a kind names its secret. */
export const secretPath = (kind: Kind): string => (['rest', 'cap', 'prometheus'].includes(kind) ? 'auth.secret' : 'secret');
