/**
 * The one way to the REST interface: JSON in and out, the CSRF token and the acting post on every call,
 * and each refusal as an ApiError that carries the server's own sentence.
 */
import type { ErrorBody } from './types';

export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | null;
  readonly facts: Record<string, unknown>;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
    this.field = body.field ?? null;
    this.facts = body.facts ?? {};
  }

  /** True when the request never reached the server or it could not answer: trying again may help. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  form?: FormData;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** The answer is a file: a Blob, not JSON. */
  isFile?: boolean;
  /** Milliseconds before the call is given up; 20 s unless told. */
  timeout?: number;
}

interface HttpHooks {
  /** The appointment this tab acts as, or null for the device's own. */
  acting: () => string | null;
  onSignedOut: () => void;
  offlineMessage: () => string;
  brokenMessage: (status: number) => string;
  /** The secrecy gate refused what a form sent; one may appeal by its record. */
  onMark: (refusal: string, message: string) => void;
}

/** Doors that show the way to appeal beside the file itself. */
const SHOW_IT_THEMSELVES = ['/uploads', '/media'];

let hooks: HttpHooks = {
  acting: () => null,
  onSignedOut: () => undefined,
  offlineMessage: () => '网络不通，请检查网络后重试',
  brokenMessage: (status) => `服务器未能答复（${status}），请稍后重试`,
  onMark: () => undefined,
};

export function configureHttp(next: Partial<HttpHooks>): void {
  hooks = { ...hooks, ...next };
}

export function readCookie(name: string): string {
  for (const part of document.cookie.split('; ')) {
    const cut = part.indexOf('=');
    if (part.slice(0, cut) === name) return decodeURIComponent(part.slice(cut + 1));
  }
  return '';
}

function buildUrl(path: string, query: RequestOptions['query']): string {
  const url = `/api/v1${path}`;
  if (!query) return url;
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${url}?${text}` : url;
}

async function readError(response: Response): Promise<ApiError> {
  const fallback: ErrorBody = { code: `http_${response.status}`, message: hooks.brokenMessage(response.status) };
  try {
    const body = (await response.json()) as Partial<ErrorBody>;
    if (typeof body.message === 'string' && typeof body.code === 'string') {
      return new ApiError(response.status, body as ErrorBody);
    }
  } catch {
    // A proxy's HTML page, not ours: the fallback sentence says what to do.
  }
  return new ApiError(response.status, fallback);
}

function buildInit(method: string, options: RequestOptions, signal: AbortSignal): RequestInit {
  // Refusals are shown beside the page's own words, so they come in its language and not in the browser's.
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': document.documentElement.lang || 'zh-CN' };
  const acting = hooks.acting();
  if (acting) headers['Tz-Acting'] = acting;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  if (method !== 'GET') headers['X-CSRFToken'] = readCookie('csrftoken');
  const init: RequestInit = { method, headers, credentials: 'same-origin', signal };
  if (options.form) init.body = options.form;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  return init;
}

export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), options.timeout ?? 20_000);
  const forward = () => controller.abort();
  options.signal?.addEventListener('abort', forward);
  try {
    const response = await fetch(buildUrl(path, options.query), buildInit(method, options, controller.signal));
    if (!response.ok) {
      const error = await readError(response);
      if (response.status === 401 && !path.startsWith('/session')) hooks.onSignedOut();
      const refusal = error.code === 'secrecy_refused' ? error.facts['refusal'] : null;
      if (typeof refusal === 'string' && !SHOW_IT_THEMSELVES.some((door) => path.startsWith(door))) hooks.onMark(refusal, error.message);
      throw error;
    }
    if (response.status === 204) return undefined as T;
    if (options.isFile) return (await response.blob()) as T;
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { code: 'offline', message: hooks.offlineMessage() });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', forward);
  }
}

export const http = {
  get: <T>(path: string, query?: RequestOptions['query'], options: RequestOptions = {}) =>
    request<T>('GET', path, { ...options, query }),
  post: <T>(path: string, body?: unknown, options: RequestOptions = {}) => request<T>('POST', path, { ...options, body }),
  put: <T>(path: string, body?: unknown, options: RequestOptions = {}) => request<T>('PUT', path, { ...options, body }),
  patch: <T>(path: string, body?: unknown, options: RequestOptions = {}) =>
    request<T>('PATCH', path, { ...options, body }),
  delete: <T>(path: string, options: RequestOptions = {}) => request<T>('DELETE', path, options),
  upload: <T>(path: string, form: FormData, options: RequestOptions = {}) =>
    request<T>('POST', path, { timeout: 300_000, ...options, form }),
};

/** What a page keeps of an answer that did not come: which refusal it was, and its sentence; null while all is well. */
export type Failure = ApiError | null;

export function failureOf(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, { code: 'broken', message: hooks.brokenMessage(0) });
}

export function messageOf(error: unknown): string {
  return failureOf(error).message;
}

/** 26 random characters for transaction ids and idempotency keys; works without a secure context. */
export function randomId(prefix = ''): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let text = '';
  for (const byte of bytes) text += (byte % 36).toString(36) + ((byte >> 4) % 16).toString(36);
  return prefix + text.slice(0, 26);
}
