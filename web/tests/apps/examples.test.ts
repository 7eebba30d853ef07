import { expect, it } from 'vitest';

import { appExamples } from '@/features/apps/examples';

it('fills in the key and the secret, and signs what the server checks', () => {
  const [curl, python] = appExamples('https://tz.example.gov.cn', 'app_1', 's3cret');
  for (const one of [curl, python]) {
    expect(one?.code).toContain('app_1');
    expect(one?.code).toContain('s3cret');
    expect(one?.code).toContain('/api/v1/apps/pending');
    expect(one?.code).toContain('X-App-Signature');
  }
});
