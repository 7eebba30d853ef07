/** One file on its way to the server: tus in pieces, then the check. The line may go and come back meanwhile. */
import { type DetailedError, Upload } from 'tus-js-client';

import { ApiError, http, readCookie } from '@/api/http';
import type { ErrorBody, Schemas } from '@/api/types';
import { t } from '@/i18n';
import { useSession } from '@/stores/session';

export type StoredFile = Schemas['MediaOut'];

export interface Told {
  url: (url: string) => void;
  progress: (sent: number, total: number) => void;
  /** All bytes are there; the server looks into the file. */
  checking: () => void;
  done: (file: StoredFile) => void;
  /** `again`: the line or the server is away, and it will be tried by itself. */
  failed: (problem: ApiError, again: boolean) => void;
}

export interface Transfer {
  stop: () => void;
  /** Forget it on the server too. */
  cancel: () => void;
}

/** A lost line costs at most this much; about ten seconds of a slow one. */
const PIECE = 512 * 1024;
const PAUSES = [0, 1000, 3000, 5000];

function headers(): Record<string, string> {
  const acting = useSession().override;
  return {
    'X-CSRFToken': readCookie('csrftoken'),
    'Accept-Language': document.documentElement.lang || 'zh-CN',
    ...(acting ? { 'Tz-Acting': acting } : {}),
  };
}

function problemOf(error: Error | DetailedError): ApiError {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  const status = response?.getStatus() ?? 0;
  try {
    const body = JSON.parse(response?.getBody() ?? '') as ErrorBody;
    if (typeof body.message === 'string' && typeof body.code === 'string') return new ApiError(status, body);
  } catch {
    // A proxy's page, or nothing at all.
  }
  return new ApiError(status, { code: 'offline', message: t('im.files.waitsForLine') });
}

const isPassing = (status: number): boolean => status === 0 || status === 423 || status === 409 || status === 429 || status >= 500;

export function transfer(file: File, url: string | null, told: Told): Transfer {
  let isStopped = false;
  const upload = new Upload(file, {
    endpoint: '/api/v1/uploads',
    ...(url ? { uploadUrl: url } : {}),
    chunkSize: PIECE,
    retryDelays: PAUSES,
    storeFingerprintForResuming: false,
    removeFingerprintOnSuccess: false,
    metadata: { filename: file.name, filetype: file.type },
    onBeforeRequest: (request) => {
      for (const [name, value] of Object.entries(headers())) request.setHeader(name, value);
    },
    onUploadUrlAvailable: () => {
      if (upload.url) told.url(upload.url);
    },
    onShouldRetry: (error) => !isStopped && isPassing(error.originalResponse?.getStatus() ?? 0),
    onProgress: (sent, total) => told.progress(sent, total ?? file.size),
    onError: (error) => {
      if (isStopped) return;
      const problem = problemOf(error);
      told.failed(problem, isPassing(problem.status));
    },
    onSuccess: () => void finish(),
  });

  async function finish(): Promise<void> {
    if (isStopped) return;
    told.checking();
    const id = (upload.url ?? '').split('/').pop() ?? '';
    try {
      const stored = await http.post<StoredFile>(`/uploads/${encodeURIComponent(id)}/finish`, undefined, { timeout: 120_000 });
      if (!isStopped) told.done(stored);
    } catch (error) {
      if (isStopped) return;
      const problem = error instanceof ApiError && error.status !== 0 ? error : new ApiError(0, { code: 'offline', message: t('im.files.waitsForLine') });
      told.failed(problem, isPassing(problem.status) || problem.status === 409);
    }
  }

  upload.start();
  return {
    stop: () => {
      isStopped = true;
      void upload.abort(false);
    },
    cancel: () => {
      isStopped = true;
      const known = upload.url;
      void upload.abort(false);
      if (known) void http.delete(`/uploads/${encodeURIComponent(known.split('/').pop() ?? '')}`).catch(() => undefined);
    },
  };
}
