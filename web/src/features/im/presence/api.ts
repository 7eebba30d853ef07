import { http } from '@/api/http';

import type { Status } from './status';

export const fetchOwnStatus = async (): Promise<Status | null> => (await http.get<{ status: Status | null }>('/person/status')).status;
export const putStatus = (kind: string, until: Date | null): Promise<void> =>
  http.put('/person/status', { kind, until: until?.toISOString() ?? null });
