/** Save a file: asked for first, so that a refusal is a sentence here and not a page of its own. */
import { ApiError } from '@/api/http';
import { t } from '@/i18n';
import { useToasts } from '@/stores/toasts';

import { downloadUrl } from './types';

export async function download(id: string, name: string): Promise<void> {
  const toasts = useToasts();
  try {
    const answer = await fetch(downloadUrl(id), { headers: { Range: 'bytes=0-0', 'Accept-Language': document.documentElement.lang || 'zh-CN' }, credentials: 'same-origin' });
    if (!answer.ok && answer.status !== 416) {
      const body = (await answer.json().catch(() => null)) as { message?: string } | null;
      throw new ApiError(answer.status, { code: 'refused', message: body?.message ?? t('im.files.downloadFailed'), field: null, facts: {} });
    }
  } catch (error) {
    toasts.error(error instanceof ApiError ? error.message : t('im.files.downloadFailed'));
    return;
  }
  const link = document.createElement('a');
  link.href = downloadUrl(id);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
